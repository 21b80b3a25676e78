using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IronProxy.Pipeline.Logs;

/// <summary>
/// Lines of the log, which are JSON, as text for people: one line each, in which nothing that a workload wrote acts on the terminal. What programs need, such as
/// hashes, all annotations and the transforms that ran, is in the JSON alone.
/// </summary>
/// <param name="color">Whether the terminal takes colours.</param>
public sealed class LogText(bool color)
{
    private const string Good = "32";
    private const string Bad = "31";
    private const string Note = "33";
    private const string Dim = "2";

    /// <summary>What each line begins with.</summary>
    private const string TimeFormat = "HH:mm:ss.fff ";

    /// <summary>Whether a line is one that was written as text, with colours or without.</summary>
    public static bool IsText(ReadOnlySpan<byte> line)
    {
        var painted = Encoding.ASCII.GetBytes(StartOf(Dim));
        line = line.StartsWith(painted) ? line[painted.Length..] : line;
        if (line.Length < TimeFormat.Length)
        {
            return false;
        }

        for (var i = 0; i < TimeFormat.Length; i++)
        {
            if (char.IsAsciiLetter(TimeFormat[i]) ? !char.IsAsciiDigit((char)line[i]) : line[i] != TimeFormat[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Lines that have line breaks between them, likewise, as UTF-8.</summary>
    public byte[] OfLines(ReadOnlySpan<byte> lines)
    {
        var text = new StringBuilder();
        foreach (var range in lines.Split((byte)'\n'))
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(Of(lines[range]));
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>One line. What is no line of the log stays as it is, but for what would act on the terminal.</summary>
    public string Of(ReadOnlySpan<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line.ToArray());
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return Of(json.RootElement);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // No JSON, half a character, or a member of another type than the log gives it.
        }

        return TerminalText.Escape(Encoding.UTF8.GetString(line));
    }

    private string Of(JsonElement line)
    {
        var time = line.TryGetProperty("time"u8, out var at) && at.TryGetDateTimeOffset(out var moment)
            ? moment.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)
            : "";
        return Paint(time, Dim)
            + (line.TryGetProperty("audit"u8, out var audit) ? OfRequest(line, audit) : line.TryGetProperty("dns"u8, out var dns) ? OfQuestion(dns) : OfMessage(line));
    }

    private string OfRequest(JsonElement line, JsonElement audit)
    {
        var action = Text(audit, "action"u8);
        var violation = Annotated(line).Select(s => Text(s.Annotations, "violation"u8)).FirstOrDefault(v => v.Length > 0);
        var verdict = action switch
        {
            "allow" when violation is not null => Paint("allow ", Note),
            "allow" => Paint("allow ", Good),
            "stub" => Paint("stub  ", Note),
            _ => Paint("deny  ", Bad),
        };
        string[] parts =
        [
            Describe(audit),
            Number(audit, "status"u8),
            Duration(audit),
            Paint(Text(audit, "reason"u8), Bad),
            Outcome(Text(audit, "outcome"u8), action),
            violation is null ? "" : Paint($"would be denied: {violation}", Note),
            Secrets(line),
            Paint(Origin(line, audit), Dim),
        ];
        return verdict + string.Join(' ', parts.Where(p => p.Length > 0));
    }

    /// <summary>The request as one would type it. Of a tunnel, and of TLS that was passed through, nothing is known but where it leads.</summary>
    private static string Describe(JsonElement audit)
    {
        var (mode, scheme, host) = (Text(audit, "mode"u8), Text(audit, "scheme"u8), Text(audit, "host"u8));
        var port = Number(audit, "port"u8);
        var authority = (host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host) + (port.Length > 0 && !IsUsual(scheme, port) ? $":{port}" : "");
        var upgrade = Text(audit, "upgrade"u8) is { Length: > 0 } asked ? $" ({asked})" : "";
        return mode switch
        {
            "" => $"(no request) {authority}".TrimEnd(),
            "sni-only" => $"TLS {authority}",
            "socks5" => $"SOCKS5 {authority}",
            "connect" => $"CONNECT {authority}",
            _ => $"{Text(audit, "method"u8)} {scheme}://{authority}{WithoutBlanks(Text(audit, "path"u8))}{upgrade}".TrimStart(),
        };
    }

    /// <summary>A path that was refused may have any. Blanks would let it look like what follows it.</summary>
    private static string WithoutBlanks(string path) => path.Replace(" ", @"\x20", StringComparison.Ordinal);

    private static bool IsUsual(string scheme, string port) => (scheme, port) is ("http", "80") or ("https", "443");

    /// <summary>What became of it, where that is not what the verdict lets one think.</summary>
    private string Outcome(string outcome, string action) => outcome switch
    {
        "delivered" or "refused" => "",
        "opened" => outcome,
        _ => Paint(outcome, action == "allow" ? Note : Bad),
    };

    private static string Duration(JsonElement audit) =>
        !audit.TryGetProperty("duration_ms"u8, out var value) ? ""
        : value.GetDouble() switch
        {
            < 10 and var ms => string.Create(CultureInfo.InvariantCulture, $"{ms:0.0}ms"),
            < 1_000 and var ms => string.Create(CultureInfo.InvariantCulture, $"{ms:0}ms"),
            var ms => string.Create(CultureInfo.InvariantCulture, $"{ms / 1_000:0.0}s"),
        };

    /// <summary>Which secrets went into the request, by name.</summary>
    private static string Secrets(JsonElement line)
    {
        string[] names =
        [
            .. from step in Annotated(line)
               from property in step.Annotations.EnumerateObject()
               where property.Name is "swapped" or "injected" && property.Value.ValueKind == JsonValueKind.Array
               from use in property.Value.EnumerateArray()
               select use.ValueKind == JsonValueKind.Object ? Text(use, "secret"u8) : step.Name, // What mints and signs says places alone.
        ];
        return names.Length == 0 ? "" : $"with {string.Join(", ", names.Distinct(StringComparer.Ordinal))}";
    }

    private static IEnumerable<(string Name, JsonElement Annotations)> Annotated(JsonElement line)
    {
        if (line.TryGetProperty("request_transforms"u8, out var steps))
        {
            foreach (var step in steps.EnumerateArray())
            {
                if (step.TryGetProperty("annotations"u8, out var annotations))
                {
                    yield return (Text(step, "name"u8), annotations);
                }
            }
        }
    }

    private static string Origin(JsonElement line, JsonElement audit)
    {
        var by = Text(line, "rejected_by"u8);
        var place = audit.TryGetProperty("rule"u8, out var rule) ? $"{Number(rule, "line"u8)}:{Number(rule, "column"u8)}" : "";
        string[] parts =
        [
            place.Length > 0 ? $"{(by.Length > 0 ? by : "rule")} {place}" : by,
            Text(audit, "remote_addr"u8) is { Length: > 0 } address ? $"from {address}{(Text(audit, "client"u8) is { Length: > 0 } client ? $" as {client}" : "")}" : "",
        ];
        return parts.Any(p => p.Length > 0) ? $"({string.Join(", ", parts.Where(p => p.Length > 0))})" : "";
    }

    private string OfQuestion(JsonElement dns)
    {
        var answer = Text(dns, "answer"u8);
        string[] parts =
        [
            Text(dns, "type"u8),
            Text(dns, "name"u8),
            Paint(answer, answer is "denied" or "error" ? Bad : Good),
            Text(dns, "rcode"u8),
            Paint($"(from {Text(dns, "client"u8)}, {Text(dns, "transport"u8)})", Dim),
        ];
        return "dns   " + string.Join(' ', parts.Where(p => p.Length > 0));
    }

    private string OfMessage(JsonElement line)
    {
        var level = Text(line, "level"u8);
        var style = level switch
        {
            "error" => Bad,
            "warn" => Note,
            _ => "",
        };

        // A message of the log names its values itself; the few lines that are no such messages have them beside it.
        var isMessage = line.TryGetProperty("logger"u8, out _);
        var values = line.EnumerateObject().Where(p => isMessage ? p.Name is "error" : p.Name is not ("time" or "level" or "msg")).SelectMany(Flatten);
        return Paint($"{level,-6}", style) + string.Join(' ', values.Prepend(Text(line, "msg"u8)));
    }

    private static IEnumerable<string> Flatten(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.Object => property.Value.EnumerateObject().SelectMany(Flatten),
        _ => [$"{TerminalText.Escape(property.Name)}={TerminalText.Escape(property.Value.ToString())}"],
    };

    /// <summary>A text for the terminal; empty when there is none.</summary>
    private static string Text(JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.TryGetProperty(name, out var value) ? TerminalText.Escape(value.GetString() ?? "") : "";

    /// <summary>A whole number; empty when there is none.</summary>
    private static string Number(JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.TryGetProperty(name, out var value) ? value.GetInt64().ToString(CultureInfo.InvariantCulture) : "";

    private string Paint(string text, string style) => color && style.Length > 0 && text.Length > 0 ? $"{StartOf(style)}{text}\e[0m" : text;

    private static string StartOf(string style) => $"\e[{style}m";
}
