using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using IronProxy.Plan;
using IronProxy.Plan.Serialization;

namespace IronProxy.Compiler.Schema;

/// <summary>Writes schema/plan.schema.json from the plan records, as the serializer lays them out.</summary>
/// <param name="docs">Descriptions.</param>
internal sealed class PlanSchemaGenerator(XmlDocs docs)
{
    /// <summary>The document.</summary>
    public JsonObject Generate()
    {
        var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe };
        var schema = (JsonObject)PlanJsonContext.Default.ProxyPlan.GetJsonSchemaAsNode(options);
        var document = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "proxy.plan.json",
        };
        foreach (var (name, value) in schema.ToArray())
        {
            schema.Remove(name);
            document[name] = value;
        }

        return document;
    }

    private JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (type == typeof(SourcePosition))
        {
            // A converter writes positions, and the exporter cannot look into it.
            schema = new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]+:[0-9]+$" };
        }

        if (type == typeof(TlsMode))
        {
            schema = new JsonObject { ["type"] = "string" };
        }

        var property = (context.PropertyInfo?.AttributeProvider as PropertyInfo)
            ?? Declared(context.PropertyInfo);
        var text = property is null ? null : docs.Of(property) ?? docs.OfParameter(property);
        text ??= context.PropertyInfo is null ? docs.Of(type) : null;
        if (text is null || schema is not JsonObject described)
        {
            return schema;
        }

        described.Remove("description");
        described.Insert(0, "description", text);
        return described;
    }

    private static PropertyInfo? Declared(JsonPropertyInfo? property) =>
        property?.DeclaringType.GetProperties().FirstOrDefault(p => string.Equals(p.Name, property.Name, StringComparison.OrdinalIgnoreCase));
}
