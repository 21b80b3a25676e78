using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IronProxy.Targets.Documents;

/// <summary>
/// Prints trees of JSON as YAML 1.2 in block style. What another reader of YAML, an old one too, could take for something else
/// than text stands in double quotes, in which JSON and YAML agree.
/// </summary>
public static class YamlText
{
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "true", "false", "null", "yes", "no", "on", "off", "y", "n",
    };

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Escapes all beyond ASCII: YAML breaks lines at U+0085, U+2028 and U+2029.
    private static readonly JsonSerializerOptions Escaped = new() { Encoder = JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.BasicLatin) };

    /// <summary>One document, with a line break at its end.</summary>
    public static string Write(JsonObject document)
    {
        var text = new StringBuilder();
        Write(text, document, 0);
        return text.ToString();
    }

    /// <summary>Several documents in one file.</summary>
    public static string Write(IEnumerable<JsonObject> documents) => string.Join("---\n", documents.Select(Write));

    private static void Write(StringBuilder text, JsonNode? node, int level)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } mapping:
                foreach (var (key, value) in mapping)
                {
                    text.Append(' ', level).Append(Scalar(key)).Append(':');
                    WriteValue(text, value, level, inSequence: false);
                }

                break;
            case JsonArray { Count: > 0 } sequence:
                foreach (var item in sequence)
                {
                    text.Append(' ', level).Append('-');
                    WriteValue(text, item, level, inSequence: true);
                }

                break;
            default:
                text.Append(Inline(node)).Append('\n');
                break;
        }
    }

    private static void WriteValue(StringBuilder text, JsonNode? value, int level, bool inSequence)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } when inSequence:
                // The first key stands behind the dash.
                var inner = new StringBuilder();
                Write(inner, value, level + 2);
                text.Append(' ').Append(inner.ToString().AsSpan(level + 2));
                break;
            case JsonObject { Count: > 0 }:
                text.Append('\n');
                Write(text, value, level + 2);
                break;
            case JsonArray { Count: > 0 }:
                text.Append('\n');
                Write(text, value, level + 2);
                break;
            case JsonValue scalar when scalar.TryGetValue<string>(out var lines) && IsBlock(lines):
                WriteBlock(text, lines, level + 2);
                break;
            default:
                text.Append(' ').Append(Inline(value)).Append('\n');
                break;
        }
    }

    private static void WriteBlock(StringBuilder text, string lines, int level)
    {
        text.Append(lines.EndsWith('\n') ? " |\n" : " |-\n");
        foreach (var line in lines.TrimEnd('\n').Split('\n'))
        {
            if (line.Length > 0)
            {
                text.Append(' ', level).Append(line);
            }

            text.Append('\n');
        }
    }

    /// <summary>Text of several lines that a block keeps as it is.</summary>
    private static bool IsBlock(string text) =>
        text.Contains('\n', StringComparison.Ordinal)
        && !text.EndsWith("\n\n", StringComparison.Ordinal)
        && text[0] is not (' ' or '\n')
        && !text.Split('\n').Any(line => line.EndsWith(' '))
        && text.All(c => c is '\n' or (>= ' ' and <= '~'));

    private static string Inline(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        JsonValue value when value.TryGetValue<string>(out var text) => Scalar(text),
        _ => node.ToJsonString(),
    };

    private static string Scalar(string text) => IsPlain(text) ? text : JsonSerializer.Serialize(text, System.Text.Ascii.IsValid(text) ? Readable : Escaped);

    private static bool IsPlain(string text) =>
        text.Length > 0
        && (char.IsAsciiLetter(text[0]) || text[0] is '/' or '_')
        && text[^1] != ':' && text[^1] != ' '
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_' or '.' or '/' or ':' or '@' or '=' or '+' or ',' or '(' or ')')
        && !text.Contains(": ", StringComparison.Ordinal)
        && !Words.Contains(text)
        && !double.TryParse(text, NumberStyles.Any, CultureInfo.InvariantCulture, out _);
}
