namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>The Pulumi programs of the target, by Pulumi's own SDK. That they are what is generated, IronProxy.Targets.Tests says.</summary>
public sealed class EcsPulumiTests
{
    private static string Program(string language) => Repository.Path("tests", "e2e", "pulumi", "ecs", language);

    [SkippableFact]
    public async Task Both_languages_ask_for_the_same() => Assert.Equal("", await Judges.AskAsync("pulumi.mjs", Program("yaml"), Program("typescript")));
}
