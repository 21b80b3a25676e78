using YamlDotNet.RepresentationModel;

namespace IronProxy.EndToEnd.Tests;

/// <summary>The members of a case of a corpus. One that nobody asks for is an error: a typing mistake must not weaken a case.</summary>
internal sealed class CaseMembers(YamlMappingNode map)
{
    private readonly Dictionary<string, YamlNode> _left = map.Children.ToDictionary(p => p.Key.ToString(), p => p.Value, StringComparer.Ordinal);

    public bool Has(string name) => _left.ContainsKey(name);

    public bool IsText(string name, string value) =>
        _left.TryGetValue(name, out var node) && node is YamlScalarNode scalar && scalar.Value == value && _left.Remove(name);

    public string? Text(string name) => _left.Remove(name, out var node) ? ((YamlScalarNode)node).Value : null;

    public string Require(string name) => Text(name) ?? throw new FormatException($"it has no '{name}'");

    public CaseMembers Map(string name) => _left.Remove(name, out var node) && node is YamlMappingNode found
        ? new CaseMembers(found)
        : throw new FormatException($"it has no '{name}'");

    /// <summary>A list; a single value counts as a list of one, and <c>nothing</c> as an empty one.</summary>
    public IEnumerable<YamlNode> List(string name) => !_left.Remove(name, out var node) ? []
        : node is YamlSequenceNode list ? list.Children
        : node is YamlScalarNode { Value: "nothing" } ? []
        : [node];

    public void End()
    {
        if (_left.Count > 0)
        {
            throw new FormatException("it has members that are not known: " + string.Join(", ", _left.Keys));
        }
    }
}
