using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace IronProxy.EndToEnd.Tests.Echo;

/// <summary>The ways in which upstreams write a value, and whether one is to be read in a text.</summary>
internal static partial class EchoedForms
{
    /// <summary>Fills in a text of a case.</summary>
    public static string Expand(string text, string value) =>
        Form().Replace(text, match => Write(match.Groups["form"].Value, match.Groups["text"].Value.Replace("@", value, StringComparison.Ordinal)));

    /// <summary>The form in which a value can be read in what came; null when it cannot.</summary>
    public static string? FindIn(string text, string value)
    {
        foreach (var (reading, read) in (IEnumerable<(string, string)>)[("plain", text), ("percent", Uri.UnescapeDataString(text)), ("json", UnescapeJson(text))])
        {
            if (read.Contains(value, StringComparison.Ordinal))
            {
                return reading;
            }

            var standard = read.Replace('-', '+').Replace('_', '/');
            for (var before = 0; before < 3; before++)
            {
                // What stands before decides over the first characters of base64, and what stands behind over the last.
                var written = Convert.ToBase64String([.. new byte[before], .. Encoding.UTF8.GetBytes(value)])[(before == 0 ? 0 : before + 1)..^4];
                if (standard.Contains(written, StringComparison.Ordinal))
                {
                    return $"{reading}, base64";
                }
            }
        }

        return null;
    }

    private static string Write(string form, string text) => form switch
    {
        "plain" => text,
        "base64" => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)),
        "base64url" => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_'),
        "percent" => Uri.EscapeDataString(text),
        "percent-lower" => Escape().Replace(Uri.EscapeDataString(text), static e => e.Value.ToLowerInvariant()),
        "percent-all" => string.Concat(Encoding.UTF8.GetBytes(text).Select(b => string.Create(CultureInfo.InvariantCulture, $"%{b:X2}"))),
        "form" => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal),
        "json" => JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(),
        "json-ascii" => JsonEncodedText.Encode(text).ToString(),
        "json-all" => string.Concat(text.Select(c => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"))),
        "json-slashes" => Write("json", text).Replace("/", "\\/", StringComparison.Ordinal),
        "base64-in-json" => Write("base64", text).Replace("/", "\\/", StringComparison.Ordinal),
        "base64-in-url" => Uri.EscapeDataString(Write("base64", text)),
        _ => throw new FormatException($"There is no form '{form}'."),
    };

    private static string UnescapeJson(string text) =>
        JsonEscape().Replace(text, static e => e.Groups["hex"] is { Success: true, Value: var hex } ? ((char)Convert.ToInt32(hex, 16)).ToString() : e.Groups["char"].Value);

    [GeneratedRegex(@"\$\{(?<form>[a-z0-9-]+):(?<text>[^}]*)\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    [GeneratedRegex("%[0-9A-F]{2}", RegexOptions.ExplicitCapture)]
    private static partial Regex Escape();

    [GeneratedRegex("""\\(u(?<hex>[0-9a-fA-F]{4})|(?<char>["\\/]))""", RegexOptions.ExplicitCapture)]
    private static partial Regex JsonEscape();
}
