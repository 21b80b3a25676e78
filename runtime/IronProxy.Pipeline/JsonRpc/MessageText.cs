using System.Net.Http.Headers;

namespace IronProxy.Pipeline.JsonRpc;

/// <summary>What a Content-Type says of messages.</summary>
internal static class MessageText
{
    /// <summary>The media type, in lower case; empty without one.</summary>
    /// <param name="contentType">The Content-Type; null without one.</param>
    public static string MediaTypeOf(string? contentType) => (contentType ?? "").Split(';')[0].Trim(' ', '\t').ToLowerInvariant();

    /// <summary>Whether nothing else than UTF-8 is announced. JSON and event streams are in UTF-8 (RFC 8259, 8.1); a server that believes a charset would read other characters.</summary>
    /// <param name="contentType">The Content-Type; null without one.</param>
    public static bool IsUtf8(string? contentType) =>
        contentType?.Contains("charset", StringComparison.OrdinalIgnoreCase) != true
        || (MediaTypeHeaderValue.TryParse(contentType, out var type)
            && type.Parameters.Count(static p => p.Name.Contains("charset", StringComparison.OrdinalIgnoreCase)) == 1
            && type.CharSet?.Trim('"').ToLowerInvariant() is "utf-8" or "utf8");
}
