using System.Globalization;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using NJsonSchema.Validation;

namespace IronProxy.Compiler.Schema;

/// <summary>Checks a mapping of the tree against one definition of the schema and reports at the places of the file.</summary>
/// <param name="diagnostics">Where findings go.</param>
internal sealed class StructureValidator(DiagnosticBag diagnostics)
{
    private readonly HashSet<YamlNode> _broken = [];

    /// <summary>Whether something was reported about a mapping's keys, so that what follows from it need not be.</summary>
    public bool IsBroken(ConfigRecord record) => _broken.Contains(record.Node);

    /// <summary>Checks a node, and binds it when it is a mapping.</summary>
    public T? Bind<T>(YamlNode node)
        where T : ConfigRecord => (T?)Bind(typeof(T), node);

    /// <summary>Checks a node, and binds it when it is a mapping.</summary>
    public ConfigRecord? Bind(Type type, YamlNode node)
    {
        var schema = ProxySchema.Definition(type);
        var token = Convert(node, schema);
        foreach (var error in schema.Validate(token))
        {
            Report(node, error);
        }

        return node is YamlMapping mapping ? ConfigBinder.Bind(type, mapping) : null;
    }

    private JToken Convert(YamlNode node, JsonSchema? schema)
    {
        schema = schema?.ActualSchema;
        return node switch
        {
            // Behind an unknown key nothing is looked at.
            _ when schema is null => JValue.CreateString(""),
            YamlScalar scalar => Convert(scalar, schema),
            YamlSequence sequence => Convert(sequence, schema.Item?.ActualSchema),

            // Settings of a transform or source, which can be very long: their own definition checks them later.
            YamlMapping when schema is { Type: JsonObjectType.Object, Properties.Count: 0 } => new JObject(),
            YamlMapping mapping => Convert(mapping, schema),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private JValue Convert(YamlScalar scalar, JsonSchema schema)
    {
        if (schema.Type == JsonObjectType.Boolean && ScalarRules.TryBoolean(scalar, out var boolean, out var old))
        {
            if (old)
            {
                diagnostics.OldBoolean(scalar.Span, scalar.Value, boolean);
            }

            return new JValue(boolean);
        }

        return schema.Type == JsonObjectType.Integer && ScalarRules.TryInteger(scalar, out var integer)
            ? new JValue(integer)
            : JValue.CreateString(scalar.Value);
    }

    private JArray Convert(YamlSequence sequence, JsonSchema? item)
    {
        var array = new JArray();

        // Lists of text can be very long, and there is nothing about them that the schema could find wrong.
        if (item is { Type: JsonObjectType.String, Enumeration.Count: 0 } && sequence.Items.All(i => i is YamlScalar { IsNull: false }))
        {
            return array;
        }

        foreach (var child in sequence.Items)
        {
            if (child is { IsNull: true } and not YamlScalar { Style: YamlScalarStyle.Unresolved })
            {
                diagnostics.NullItem(child.Span);
            }

            array.Add(Convert(child, item));
        }

        return array;
    }

    private JObject Convert(YamlMapping mapping, JsonSchema schema)
    {
        var result = new JObject();
        foreach (var entry in mapping.Entries)
        {
            JsonSchemaProperty? property = null;
            var known = schema.Properties.TryGetValue(entry.Key.Value, out property);
            if (!entry.Value.IsNull || !known)
            {
                result.Add(entry.Key.Value, Convert(entry.Value, property));
            }
        }

        return result;
    }

    private void Report(YamlNode root, ValidationError error)
    {
        if (error is ChildSchemaValidationError child)
        {
            foreach (var inner in child.Errors.SelectMany(e => e.Value))
            {
                Report(root, inner);
            }

            return;
        }

        var node = Walk(root, error.Path).Node;
        switch (error.Kind)
        {
            case ValidationErrorKind.PropertyRequired:
                ReportMissingKey(root, error);
                break;
            case ValidationErrorKind.NoAdditionalPropertiesAllowed:
                ReportUnknownKey(root, error);
                break;
            case ValidationErrorKind.NotInEnumeration:
                ReportChoice(node, error);
                break;
            case ValidationErrorKind.NumberTooSmall or ValidationErrorKind.NumberTooBig or ValidationErrorKind.IntegerTooBig:
                diagnostics.OutOfRange(node.Span, TextOf(node), Bounds(error.Schema));
                break;
            default:
                ReportType(node, error);
                break;
        }
    }

    private void ReportMissingKey(YamlNode root, ValidationError error)
    {
        // A key without a value is in the tree, and missing all the same. What is no mapping at all is reported as such.
        var name = error.Property!; // Set for this kind.
        if (Walk(root, error.Path![..^name.Length].TrimEnd('.')).Node is YamlMapping parent)
        {
            _broken.Add(parent);
            diagnostics.MissingKey(parent.Span, name);
        }
    }

    private void ReportUnknownKey(YamlNode root, ValidationError error)
    {
        var name = error.Property!; // Set for this kind.
        var parent = (YamlMapping)Walk(root, error.Path![..^name.Length].TrimEnd('.')).Node;
        _broken.Add(parent);
        if (!parent.TryGet(name, out var entry))
        {
            throw new System.Diagnostics.UnreachableException();
        }

        diagnostics.UnknownKey(entry.Key, [.. error.Schema.ActualSchema.Properties.Keys]);
    }

    private void ReportChoice(YamlNode node, ValidationError error)
    {
        var value = TextOf(node);
        diagnostics.NotAChoice(node.Span, value, [.. error.Schema.ActualSchema.Enumeration.OfType<object>().Select(e => e.ToString() ?? "")]);
    }

    private void ReportType(YamlNode node, ValidationError error)
    {
        if (node.IsNull)
        {
            return; // Null items are reported as such.
        }

        _broken.Add(node);
        var quoted = node is YamlScalar { Style: not YamlScalarStyle.Plain };
        var (expected, hint) = error.Kind switch
        {
            ValidationErrorKind.StringExpected => ("text", (string?)null),
            ValidationErrorKind.BooleanExpected => ("true or false", quoted ? "remove the quotes" : null),
            ValidationErrorKind.IntegerExpected => ("a whole number", quoted ? "remove the quotes" : "write decimal digits only, without units and underscores"),
            ValidationErrorKind.ArrayExpected => ("a list", node is YamlScalar ? $"write [{TextOf(node)}], or put the value on the next line behind '- '" : null),
            ValidationErrorKind.ObjectExpected => ("a mapping", "write 'key: value' lines, indented below this key"),
            _ => throw new System.Diagnostics.UnreachableException($"the schema does not use what {error.Kind} checks"),
        };
        diagnostics.WrongType(node.Span, expected, node is YamlScalar ? $"the value {Quote.Of(TextOf(node))}" : node.Kind, hint);
    }

    /// <summary>Follows a path such as <c>#/rules[3].host</c> as far as the tree has it, and gives the rest.</summary>
    private static (YamlNode Node, string Remainder) Walk(YamlNode node, string? path)
    {
        var rest = (path ?? "").AsSpan().TrimStart("#/");
        while (!rest.IsEmpty)
        {
            if (rest[0] == '[' && node is YamlSequence sequence)
            {
                var close = rest.IndexOf(']');
                node = sequence.Items[int.Parse(rest[1..close], CultureInfo.InvariantCulture)];
                rest = rest[(close + 1)..].TrimStart('.');
                continue;
            }

            // Keys may have dots and brackets of their own, so the tree says where one ends.
            if (node is not YamlMapping mapping || Step(mapping, rest) is not { } entry)
            {
                break;
            }

            node = entry.Value;
            rest = rest[entry.Key.Value.Length..].TrimStart('.');
        }

        return (node, rest.ToString());
    }

    private static YamlEntry? Step(YamlMapping mapping, ReadOnlySpan<char> path)
    {
        foreach (var entry in mapping.Entries)
        {
            var key = entry.Key.Value;
            if (key.Length > 0 && path.StartsWith(key, StringComparison.Ordinal) && (path.Length == key.Length || path[key.Length] is '.' or '['))
            {
                return entry;
            }
        }

        return null;
    }

    private static string TextOf(YamlNode node) => node is YamlScalar scalar ? scalar.Value : node.Kind;

    private static string Bounds(JsonSchema schema) => (schema.ActualSchema.Minimum, schema.ActualSchema.Maximum) switch
    {
        ({ } min, { } max) => $"from {min} to {max}",
        ({ } min, null) => $"at least {min}",
        (null, { } max) => $"at most {max}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
