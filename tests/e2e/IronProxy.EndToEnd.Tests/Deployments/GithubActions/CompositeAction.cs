using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace IronProxy.EndToEnd.Tests.Deployments.GithubActions;

/// <summary>A composite action as its file says, in the part of GitHub's language that ours use. What is not known here throws.</summary>
/// <param name="Inputs">Inputs and their defaults.</param>
/// <param name="Steps">Its steps, which all run bash.</param>
internal sealed partial record CompositeAction(IReadOnlyDictionary<string, string> Inputs, IReadOnlyList<CompositeAction.Step> Steps)
{
    /// <summary>Reads an <c>action.yml</c>.</summary>
    public static CompositeAction Read(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(file)));
        var root = (YamlMappingNode)stream.Documents[0].RootNode;
        var runs = (YamlMappingNode)root["runs"];
        Assert.Equal("composite", Text(runs["using"]));
        return new CompositeAction(
            ((YamlMappingNode)root["inputs"]).ToDictionary(i => Text(i.Key), i => Text(i.Value["default"])),
            [.. ((YamlSequenceNode)runs["steps"]).Select(s => ReadStep((YamlMappingNode)s))]);
    }

    /// <summary>The environment of a step, with inputs in the place of expressions.</summary>
    public IEnumerable<(string Name, string Value)> EnvironmentOf(Step step, IReadOnlyDictionary<string, string> with)
    {
        Assert.All(with.Keys, input => Assert.Contains(input, Inputs.Keys));
        return step.Environment.Select(e => (e.Key, Expression().Replace(e.Value, match => with.TryGetValue(match.Groups[1].Value, out var value) ? value : Inputs[match.Groups[1].Value])));
    }

    private static Step ReadStep(YamlMappingNode step)
    {
        Assert.Equal(["env", "name", "run", "shell"], step.Children.Keys.Select(Text).Order(StringComparer.Ordinal));
        Assert.Equal("bash", Text(step["shell"]));
        return new Step(Text(step["run"]), ((YamlMappingNode)step["env"]).ToDictionary(e => Text(e.Key), e => Text(e.Value)));
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!; // Scalars that were read have one.

    [GeneratedRegex(@"\$\{\{ inputs\.([a-z-]+) \}\}")]
    private static partial Regex Expression();

    internal sealed record Step(string Run, IReadOnlyDictionary<string, string> Environment);
}
