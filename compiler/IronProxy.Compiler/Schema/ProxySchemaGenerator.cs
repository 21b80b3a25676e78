using System.Text.Json.Nodes;
using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.PolicyTests;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Transforms;

namespace IronProxy.Compiler.Schema;

/// <summary>
/// Writes schema/proxy.schema.json from the config records. Its definitions are plain, and the compiler validates against
/// them one at a time; what surrounds them chooses by name or type and is there for editors.
/// </summary>
/// <param name="docs">Descriptions.</param>
internal sealed class ProxySchemaGenerator(XmlDocs docs)
{
    /// <summary>Name of the definition that chooses a source by its type, for editors.</summary>
    private const string AnySource = "SecretSource";

    private readonly SortedDictionary<string, JsonNode> _definitions = new(StringComparer.Ordinal);

    /// <summary>The document.</summary>
    public JsonObject Generate()
    {
        Define(typeof(ProxyFileConfig));
        foreach (var transform in TransformRegistry.All)
        {
            Define(transform.ConfigType);
        }

        foreach (var source in SecretSourceRegistry.All)
        {
            Define(source.ConfigType);
        }

        _definitions.Add(AnySource, ChooseSource());
        return new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "proxy.yaml",
            ["description"] = docs.Of(typeof(ProxyFileConfig)),
            ["allOf"] = new JsonArray(Reference(typeof(ProxyFileConfig)), Inside("transforms", Items(ChooseTransform()))),
            ["definitions"] = new JsonObject(_definitions.Select(d => KeyValuePair.Create<string, JsonNode?>(d.Key, d.Value))),
        };
    }

    /// <summary>The document for files of tests: schema/policy-test.schema.json.</summary>
    public JsonObject GeneratePolicyTests() => new()
    {
        ["$schema"] = "http://json-schema.org/draft-07/schema#",
        ["title"] = "policy.test.yaml",
        ["description"] = docs.Of(typeof(PolicyTestFileConfig)),
        ["allOf"] = new JsonArray(Define(typeof(PolicyTestFileConfig))),
        ["definitions"] = new JsonObject(_definitions.Select(d => KeyValuePair.Create<string, JsonNode?>(d.Key, d.Value))),
    };

    /// <summary>The document for ironc.yaml: schema/settings.schema.json.</summary>
    public JsonObject GenerateSettings() => new()
    {
        ["$schema"] = "http://json-schema.org/draft-07/schema#",
        ["title"] = SettingsReader.FileName,
        ["description"] = docs.Of(typeof(SettingsFileConfig)),
        ["allOf"] = new JsonArray(Define(typeof(SettingsFileConfig)), Choices(typeof(SettingsFileConfig))),
        ["definitions"] = new JsonObject(_definitions.Select(d => KeyValuePair.Create<string, JsonNode?>(d.Key, d.Value))),
    };

    private static JsonObject ChooseTransform()
    {
        var choices = new JsonArray(Inside("name", new JsonObject { ["enum"] = new JsonArray([.. TransformRegistry.All.Select(t => (JsonNode)t.Name)]) }));
        foreach (var transform in TransformRegistry.All)
        {
            var reference = Reference(transform.ConfigType);
            choices.Add(When("name", transform.Name, Inside("config", Choices(transform.ConfigType) is { } inner
                ? new JsonObject { ["allOf"] = new JsonArray(reference, inner) }
                : reference)));
        }

        return new JsonObject { ["allOf"] = choices };
    }

    /// <summary>What is chosen by a type somewhere in a record; null when nothing is.</summary>
    private static JsonObject? Choices(Type record)
    {
        var properties = new JsonObject();
        foreach (var key in ConfigShape.Of(record).Keys)
        {
            var inner = (key.Kind, key.Attribute.Holds) switch
            {
                (_, KeyContent.Source) => SourceReference(),
                (_, KeyContent.SourceMap) => new JsonObject { ["additionalProperties"] = SourceReference() },
                (_, KeyContent.ChoiceMap) => new JsonObject { ["additionalProperties"] = AddConstraints(new JsonObject(), key.Attribute) },
                (_, KeyContent.Levels) => ChooseLevels(),
                (ConfigValueKind.Record, _) => Choices(key.Record!), // Records have their type.
                (ConfigValueKind.RecordList, _) => Choices(key.Record!) is { } item ? Items(item) : null, // Records have their type.
                _ => null,
            };
            if (inner is not null)
            {
                properties[key.Name] = inner;
            }
        }

        return properties.Count > 0 ? new JsonObject { ["properties"] = properties } : null;
    }

    /// <summary>The codes that have levels. Which there are changes with every version, so editors only know their form.</summary>
    private static JsonObject ChooseLevels() => new()
    {
        ["propertyNames"] = new JsonObject { ["pattern"] = "^IRON[0-9]{4}$" },
        ["additionalProperties"] = new JsonObject { ["enum"] = new JsonArray([.. AnalysisSettings.LevelNames.Select(l => (JsonNode)l)]) },
    };

    private static JsonObject SourceReference() => new() { ["$ref"] = $"#/definitions/{AnySource}" };

    private static JsonObject ChooseSource()
    {
        var choices = new JsonArray(Inside("type", new JsonObject { ["enum"] = new JsonArray([.. SecretSourceRegistry.All.Select(s => (JsonNode)s.Name)]) }));
        foreach (var source in SecretSourceRegistry.All)
        {
            choices.Add(When("type", source.Name, Reference(source.ConfigType)));
        }

        return new JsonObject { ["required"] = new JsonArray("type"), ["allOf"] = choices };
    }

    private static JsonObject When(string key, string value, JsonObject then) => new()
    {
        ["if"] = new JsonObject { ["required"] = new JsonArray(key), ["properties"] = new JsonObject { [key] = new JsonObject { ["const"] = value } } },
        ["then"] = then,
    };

    private static JsonObject Inside(string key, JsonObject schema) => new() { ["properties"] = new JsonObject { [key] = schema } };

    private static JsonObject Items(JsonObject schema) => new() { ["items"] = schema };

    private static JsonObject Reference(Type type) => new() { ["$ref"] = $"#/definitions/{type.Name}" };

    private JsonObject Define(Type type)
    {
        if (_definitions.ContainsKey(type.Name))
        {
            return Reference(type);
        }

        var definition = new JsonObject { ["description"] = docs.Of(type), ["type"] = "object", ["additionalProperties"] = false };
        _definitions.Add(type.Name, definition);
        var shape = ConfigShape.Of(type);
        var required = shape.Keys.Where(k => k.Attribute.Required).Select(k => (JsonNode)k.Name).ToArray();
        if (required.Length > 0)
        {
            definition["required"] = new JsonArray(required);
        }

        definition["properties"] = new JsonObject(shape.Keys.Select(k => KeyValuePair.Create<string, JsonNode?>(k.Name, Describe(k))));
        return Reference(type);
    }

    private JsonObject Describe(ConfigKey key)
    {
        var schema = new JsonObject { ["description"] = docs.Of(key.Property) };
        switch (key.Kind)
        {
            case ConfigValueKind.String:
                schema["type"] = "string";
                break;
            case ConfigValueKind.Boolean:
                schema["type"] = "boolean";
                break;
            case ConfigValueKind.Integer:
                schema["type"] = "integer";
                break;
            case ConfigValueKind.Variant:
                schema["type"] = "object";
                return schema; // What is in it is for editors alone.
            case ConfigValueKind.Any:
                break;
            case ConfigValueKind.AnyList:
                schema["type"] = "array";
                schema["items"] = new JsonObject();
                break;
            case ConfigValueKind.StringList:
                schema["type"] = "array";
                schema["items"] = AddConstraints(new JsonObject { ["type"] = "string" }, key.Attribute);
                return AddDefault(schema, key.Attribute);
            case ConfigValueKind.IntegerList:
                schema["type"] = "array";
                schema["items"] = AddConstraints(new JsonObject { ["type"] = "integer" }, key.Attribute);
                return AddDefault(schema, key.Attribute);
            case ConfigValueKind.RecordList:
                schema["type"] = "array";
                schema["items"] = Define(key.Record!); // Records have their type.
                break;
            case ConfigValueKind.Record:
                return Define(key.Record!); // Draft-07 ignores what stands beside $ref.
        }

        return AddDefault(AddConstraints(schema, key.Attribute), key.Attribute);
    }

    private static JsonObject AddConstraints(JsonObject schema, KeyAttribute attribute)
    {
        if (attribute.OneOf is { } values)
        {
            schema["enum"] = new JsonArray([.. values.Select(v => (JsonNode)v)]);
        }

        if (attribute.Minimum != long.MinValue)
        {
            schema["minimum"] = attribute.Minimum;
        }

        if (attribute.Maximum != long.MaxValue)
        {
            schema["maximum"] = attribute.Maximum;
        }

        return schema;
    }

    private static JsonObject AddDefault(JsonObject schema, KeyAttribute attribute)
    {
        if (attribute.Default is { } value)
        {
            schema["default"] = value switch
            {
                string[] list => new JsonArray([.. list.Select(v => (JsonNode)v)]),
                string text => text,
                bool boolean => boolean,
                long integer => integer,
                _ => throw new InvalidOperationException($"{value.GetType()} cannot be a default"),
            };
        }

        return schema;
    }
}
