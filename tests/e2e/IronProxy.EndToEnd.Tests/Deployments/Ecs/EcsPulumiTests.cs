namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>The Pulumi programs of the target, by Pulumi's own SDK. That they are what is generated, IronProxy.Targets.Tests says.</summary>
public sealed class EcsPulumiTests
{
    /// <summary>At once, because loading the types of the providers is what takes the time.</summary>
    [SkippableFact]
    public async Task Both_languages_ask_for_the_same() =>
        Assert.Equal("", await Judges.AskAsync("pulumi.mjs", Program("ecs", "yaml"), Program("ecs", "typescript"), Program("ecs-sidecar", "yaml"), Program("ecs-sidecar", "typescript")));

    private static string Program(string place, string language) => Repository.Path("tests", "e2e", "pulumi", place, language);
}
