using System.Text;
using System.Text.Encodings.Web;

namespace IronProxy.Plan;

/// <summary>How a text is written inside a body so that it stays one value there.</summary>
public sealed class BodyFormat
{
    /// <summary>As it is: multipart, plain text, and all that is not known.</summary>
    public static readonly BodyFormat Raw = new(value => value, token => [token]);

    /// <summary>Percent-encoded: a value with <c>&amp;</c> or <c>=</c> would otherwise add fields of its own.</summary>
    public static readonly BodyFormat Form = new(
        Uri.EscapeDataString,
        token => [token, Uri.EscapeDataString(token), Uri.EscapeDataString(token).Replace("%20", "+", StringComparison.Ordinal)]);

    /// <summary>Escaped as the content of a string (RFC 8259, 7): a value with a quotation mark would otherwise end it.</summary>
    public static readonly BodyFormat Json = new(
        JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode,
        token => [token, EscapeJson(token), EscapeJson(token).Replace("/", @"\/", StringComparison.Ordinal)]);

    private readonly Func<string, string> _encode;
    private readonly Func<string, string[]> _spellings;

    private BodyFormat(Func<string, string> encode, Func<string, string[]> spellings) => (_encode, _spellings) = (encode, spellings);

    /// <summary>The format of a body.</summary>
    /// <param name="contentType">The Content-Type, or null.</param>
    public static BodyFormat Of(string? contentType)
    {
        var type = contentType.AsSpan();
        var parameters = type.IndexOf(';');
        type = (parameters < 0 ? type : type[..parameters]).Trim();
        return Is(type, "application/x-www-form-urlencoded") ? Form
            : Is(type, "application/json") || Is(type, "text/json") || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase) ? Json
            : Raw;
    }

    /// <summary>A value as it stands in such a body.</summary>
    public byte[] Encode(string value) => Encoding.UTF8.GetBytes(_encode(value));

    /// <summary>The ways to write a placeholder in such a body that are looked for, each once.</summary>
    public byte[][] SpellingsOf(string token) => [.. _spellings(token).Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes)];

    private static bool Is(ReadOnlySpan<char> type, string name) => type.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>What RFC 8259 asks for and no more, as most writers do it.</summary>
    private static string EscapeJson(string text) =>
        text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
