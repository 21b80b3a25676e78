using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Values;

/// <summary>Reads values that are compared with JSON: here alone the way of writing decides about the type.</summary>
internal static partial class JsonText
{
    /// <summary>The value as JSON, or null; the bag says why.</summary>
    public static JsonElement? Parse(YamlNode node, DiagnosticBag bag) =>
        TryConvert(node, bag, out var value) ? JsonSerializer.SerializeToElement(value) : null;

    private static bool TryConvert(YamlNode node, DiagnosticBag bag, out JsonNode? value)
    {
        value = null;
        switch (node)
        {
            case YamlScalar scalar:
                return TryConvert(scalar, bag, out value);
            case YamlSequence sequence:
                var array = new JsonArray();
                value = array;
                return sequence.Items.All(item => TryConvert(item, bag, out var element) && Append(array, element));
            default:
                var members = new JsonObject();
                value = members;
                return ((YamlMapping)node).Entries.All(entry =>
                    TryConvert(entry.Value, bag, out var member) && members.TryAdd(entry.Key.Value, member));
        }
    }

    private static bool Append(JsonArray array, JsonNode? element)
    {
        array.Add(element);
        return true;
    }

    private static bool TryConvert(YamlScalar scalar, DiagnosticBag bag, out JsonNode? value)
    {
        value = null;
        if (scalar.IsNull)
        {
            return true;
        }

        var text = scalar.Value;
        if (scalar.Style != YamlScalarStyle.Plain)
        {
            value = text;
            return true;
        }

        if (ScalarRules.TryBoolean(scalar, out var boolean, out var old) && !old)
        {
            value = boolean;
            return true;
        }

        // yes, 010, 0x1F and .inf are booleans and numbers to some readers, and text to others.
        if (old || Unclear().IsMatch(text))
        {
            bag.ValueUnclear(scalar.Span, text);
            return false;
        }

        if (!Number().IsMatch(text))
        {
            value = text;
            return true;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            value = integer;
            return true;
        }

        var number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(number))
        {
            bag.ValueUnclear(scalar.Span, text);
            return false;
        }

        value = number;
        return true;
    }

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Number();

    [GeneratedRegex(@"^[-+]?(0[0-9xXoObB_][0-9a-fA-F_]*|\.inf|\.Inf|\.INF|[0-9]+_[0-9_]*)\z|^\+[0-9]+|^\.(nan|NaN|NAN)\z|^[-+]?\.[0-9]+|^[-+]?[0-9]+\.\z", RegexOptions.NonBacktracking)]
    private static partial Regex Unclear();
}
