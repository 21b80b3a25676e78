using System.Collections.Frozen;
using System.Net.Http.Headers;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>What a Content-Type says of a body that is searched.</summary>
internal static class ResponseText
{
    private static readonly FrozenSet<string> TextTypes = FrozenSet.ToFrozenSet(
    [
        "application/json", "application/xml", "application/javascript", "application/ecmascript", "application/x-javascript", "application/x-www-form-urlencoded",
        "application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq", "application/yaml", "application/x-yaml", "application/toml",
        "application/graphql", "application/sql", "application/x-sh", "multipart/form-data", "message/http",
    ], StringComparer.OrdinalIgnoreCase);

    /// <summary>In these, ASCII characters are one byte each, and no other.</summary>
    private static readonly string[] AsciiCharsets =
        ["utf-8", "utf8", "us-ascii", "ascii", "iso-8859-", "latin1", "windows-125", "euc-", "koi8-", "gb2312"];

    /// <summary>How replacements are written in a body.</summary>
    /// <param name="contentType">The Content-Type; null without one.</param>
    public static ScrubFormat FormatOf(string? contentType)
    {
        var type = MediaTypeOf(contentType);
        return type.Length == 0 || TextTypes.Contains(type) || type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+xml", StringComparison.OrdinalIgnoreCase)
            ? ScrubFormat.Text(BodyFormat.Of(contentType))
            : ScrubFormat.SameLength;
    }

    /// <summary>Whether the characters of values are the bytes that are looked for.</summary>
    /// <param name="contentType">The Content-Type; null without one.</param>
    public static bool IsReadable(string? contentType) =>
        contentType is null || !contentType.Contains("charset", StringComparison.OrdinalIgnoreCase)
        || (MediaTypeHeaderValue.TryParse(contentType, out var type)
            && type.Parameters.Count(p => p.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)) == 1
            && type.CharSet?.Trim('"') is { } charset && AsciiCharsets.Any(c => charset.StartsWith(c, StringComparison.OrdinalIgnoreCase)));

    private static string MediaTypeOf(string? contentType)
    {
        var parameters = contentType?.IndexOf(';', StringComparison.Ordinal) ?? -1;
        return (parameters < 0 ? contentType ?? "" : contentType![..parameters]).Trim(); // There is one where there is a semicolon.
    }
}
