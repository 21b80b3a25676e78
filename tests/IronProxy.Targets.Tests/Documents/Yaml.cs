using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace IronProxy.Targets.Tests.Documents;

/// <summary>Reads YAML with another program's reader, into JSON whose scalars are all text.</summary>
internal static class Yaml
{
    /// <summary>The documents of a file.</summary>
    public static JsonObject[] Read(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(d => Assert.IsType<JsonObject>(Convert(d.RootNode)))];
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Convert(c.Value)))), // Keys have a value.
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Convert)]),
        _ => JsonValue.Create(((YamlScalarNode)node).Value),
    };
}
