using NJsonSchema;

namespace IronProxy.Compiler.Schema;

/// <summary>The checked-in schema/proxy.schema.json, as it was built into this assembly.</summary>
internal static class ProxySchema
{
    private static readonly Lazy<JsonSchema> Document = new(Load);

    /// <summary>The definition of a config record.</summary>
    public static JsonSchema Definition(Type config) => Document.Value.Definitions[config.Name];

    private static JsonSchema Load()
    {
        using var stream = typeof(ProxySchema).Assembly.GetManifestResourceStream("proxy.schema.json")
            ?? throw new InvalidOperationException("The assembly was built without proxy.schema.json.");
        using var reader = new StreamReader(stream);

        // All references lead into the document itself, so nothing is awaited.
        return JsonSchema.FromJsonAsync(reader.ReadToEnd()).GetAwaiter().GetResult();
    }
}
