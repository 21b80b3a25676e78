using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace IronProxy.EndToEnd.Tests.Deployments.Kubernetes;

/// <summary>Reads manifests, in the order in which a folder lists them.</summary>
internal static class ManifestFolder
{
    /// <summary>The documents of some files.</summary>
    public static IReadOnlyList<JsonObject> Read(string folder, params IEnumerable<string> files) => [.. files.SelectMany(f => Parse(File.ReadAllText(Path.Combine(folder, f))))];

    public static IEnumerable<JsonObject> Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Select(d => Assert.IsType<JsonObject>(Convert(d.RootNode)));
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Convert(c.Value)))), // Keys have a value.
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } flag => flag.Value == "true",
        YamlScalarNode { Style: ScalarStyle.Plain } plain when int.TryParse(plain.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => JsonValue.Create(((YamlScalarNode)node).Value),
    };
}
