using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Transforms;

namespace IronProxy.Compiler.Schema;

/// <summary>Writes docs/reference/configuration.md from the definitions of schema/proxy.schema.json.</summary>
internal sealed class ReferencePageGenerator
{
    private readonly JsonObject _definitions;
    private readonly StringBuilder _page = new();

    /// <summary>Titles of the sections, by definition: those that are written, and those that will be.</summary>
    private readonly Dictionary<string, string> _titles = new(StringComparer.Ordinal);

    /// <summary>Takes the schema.</summary>
    public ReferencePageGenerator(JsonObject schema) => _definitions = (JsonObject)schema["definitions"]!; // It has them.

    /// <summary>The page.</summary>
    public string Generate()
    {
        _page.Append(
            """
            # Configuration

            Every key of `proxy.yaml`. This page is made from [schema/proxy.schema.json](../../schema/proxy.schema.json), which
            `ironc schema` prints for editors; a test compares them. What behaves otherwise than in the original iron-proxy is in
            [docs/compatibility.md](../compatibility.md).


            """.ReplaceLineEndings("\n"));
        var root = nameof(ProxyFileConfig);
        _titles.Add(root, "The file");
        Section(root, 2);
        foreach (var transform in TransformRegistry.All)
        {
            Choice(transform.ConfigType.Name, $"Transform {transform.Name}", $"`transforms[].config` where `transforms[].name` is `{transform.Name}`.");
        }

        foreach (var source in SecretSourceRegistry.All)
        {
            Choice(source.ConfigType.Name, $"Secret source {source.Name}", $"A `source` whose `type` is `{source.Name}`.");
        }

        // Whatever is reached in some other way still has its place on the page, unless it only says which of the others to take.
        foreach (var (name, definition) in _definitions)
        {
            if (definition!["description"] is not null)
            {
                Choice(name, name, null);
            }
        }

        return _page.ToString().TrimEnd('\n') + "\n";
    }

    private void Choice(string definition, string title, string? place)
    {
        if (_titles.TryAdd(definition, title))
        {
            Section(definition, 2, place);
        }
    }

    private void Section(string definition, int level, string? place = null)
    {
        var schema = (JsonObject)_definitions[definition]!; // Names come from the schema and from config records.
        _page.Append(new string('#', level)).Append(' ').Append(_titles[definition]).Append("\n\n");
        if (place is not null)
        {
            _page.Append(place).Append(' ');
        }

        _page.Append(Escape(Text(schema["description"]))).Append("\n\n");
        if (schema["properties"] is not JsonObject { Count: > 0 } properties)
        {
            _page.Append("It has no keys.\n\n");
            return;
        }

        var children = Children(definition, properties);
        var required = (schema["required"] as JsonArray)?.Select(r => Text(r)).ToHashSet(StringComparer.Ordinal) ?? [];
        _page.Append("| Key | Type | Default | Meaning |\n|---|---|---|---|\n");
        foreach (var (key, value) in properties)
        {
            var property = (JsonObject)value!; // As the generator of the schema writes it.
            _page.Append($"| `{key}` | {TypeOf(property)} | {(required.Contains(key) ? "*required*" : DefaultOf(property))} | {Meaning(property)} |\n");
        }

        _page.Append('\n');
        foreach (var child in children)
        {
            Section(child, Math.Min(level + 1, 4));
        }
    }

    /// <summary>The definitions that are first met here; they get their sections right behind.</summary>
    private List<string> Children(string definition, JsonObject properties)
    {
        var parent = definition == nameof(ProxyFileConfig) ? "" : $"{_titles[definition]}.";
        var children = new List<string>();
        foreach (var (key, value) in properties)
        {
            if (Reference(value) is { } single && _titles.TryAdd(single, parent + key))
            {
                children.Add(single);
            }
            else if (Reference(value!["items"]) is { } item && _titles.TryAdd(item, item == "RuleConfig" ? "Rules" : $"{parent}{key}[]"))
            {
                children.Add(item);
            }
        }

        return children;
    }

    private string TypeOf(JsonObject property)
    {
        if (Reference(property) is { } single)
        {
            return $"[mapping](#{Anchor(_titles[single])})";
        }

        if (property["enum"] is JsonArray choices)
        {
            return string.Join(", ", choices.Select(c => $"`{Text(c)}`"));
        }

        return Text(property["type"]) switch
        {
            "string" => "text",
            "boolean" => "true or false",
            "integer" => $"whole number{Range(property)}",
            "array" when Reference(property["items"]) is { } item => $"[list of mappings](#{Anchor(_titles[item])})",
            "array" => Text(property["items"]!["type"]) switch
            {
                "string" => "list of text",
                "integer" => $"list of whole numbers{Range((JsonObject)property["items"]!)}", // As the generator of the schema writes it.
                _ => "list",
            },
            "" => "any value",
            _ => "mapping",
        };
    }

    private static string Range(JsonObject property) => (property["minimum"], property["maximum"]) switch
    {
        ({ } min, { } max) => $", {Number(min)} to {Number(max)}",
        ({ } min, null) => $", at least {Number(min)}",
        (null, { } max) => $", at most {Number(max)}",
        _ => "",
    };

    private static string DefaultOf(JsonObject property) => property["default"] switch
    {
        null => "",
        JsonArray list => string.Join(", ", list.Select(i => $"`{Text(i)}`")),
        JsonValue value when value.TryGetValue<string>(out var text) => text.Length == 0 ? "`\"\"`" : $"`{text}`",
        var value => $"`{value.ToJsonString()}`",
    };

    private string Meaning(JsonObject property) =>
        Escape(Text(property["description"] ?? (Reference(property) is { } name ? _definitions[name]!["description"] : null))); // References lead to definitions.

    private static string? Reference(JsonNode? schema) => schema?["$ref"]?.GetValue<string>()["#/definitions/".Length..];

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "";

    private static string Number(JsonNode node) => node.GetValue<long>().ToString(CultureInfo.InvariantCulture);

    /// <summary>Patterns in descriptions are no emphasis, and a bar would end the cell.</summary>
    private static string Escape(string text) => text
        .Replace("*", "\\*", StringComparison.Ordinal)
        .Replace("|", "\\|", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal);

    /// <summary>The anchor that a heading gets: letters in lower case, digits, underscores, and hyphens for blanks.</summary>
    internal static string Anchor(string title) =>
        string.Concat(title.ToLowerInvariant().Replace(' ', '-').Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
}
