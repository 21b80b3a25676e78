using System.Collections.Frozen;
using NJsonSchema;

namespace IronProxy.Compiler.Schema;

/// <summary>The definitions of the checked-in schemas.</summary>
internal static class ProxySchema
{
    private static readonly Lazy<JsonSchema> ProxyYaml = new(static () => Load(SchemaFile.ProxyYaml));
    private static readonly Lazy<FrozenDictionary<string, JsonSchema>> Others = new(static () =>
        new[] { SchemaFile.PolicyTests, SchemaFile.Settings }.SelectMany(s => Load(s).Definitions).ToFrozenDictionary(StringComparer.Ordinal));

    /// <summary>The definition of a config record.</summary>
    public static JsonSchema Definition(Type config) =>
        ProxyYaml.Value.Definitions.TryGetValue(config.Name, out var definition) ? definition : Others.Value[config.Name];

    // All references lead into the document itself, so nothing is awaited.
    private static JsonSchema Load(string text) => JsonSchema.FromJsonAsync(text).GetAwaiter().GetResult();
}
