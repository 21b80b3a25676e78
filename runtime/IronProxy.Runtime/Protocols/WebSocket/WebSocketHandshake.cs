using System.Security.Cryptography;
using System.Text;
using IronProxy.Pipeline;
using IronProxy.Runtime.Protocols.Http1;

namespace IronProxy.Runtime.Protocols.WebSocket;

/// <summary>The handshake that opens a WebSocket (RFC 6455, 4).</summary>
internal static class WebSocketHandshake
{
    /// <summary>Value of <c>Upgrade</c>, and of <c>:protocol</c> (RFC 8441, 5).</summary>
    public const string Protocol = "websocket";

    /// <summary>The header with the client's key.</summary>
    public const string KeyHeader = "Sec-WebSocket-Key";

    /// <summary>The header with the server's answer to it.</summary>
    public const string AcceptHeader = "Sec-WebSocket-Accept";

    /// <summary>The header in which extensions are offered and accepted.</summary>
    public const string ExtensionsHeader = "Sec-WebSocket-Extensions";

    private const string AnswerSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeyLength = 16;

    /// <summary>A key for a handshake whose client sent none, because HTTP/2 has none.</summary>
    public static string CreateKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength));

    /// <summary>Whether this is a key: 16 bytes in base64.</summary>
    public static bool IsKey(string? text)
    {
        Span<byte> bytes = stackalloc byte[KeyLength + 2];
        return text is { Length: 24 } && Convert.TryFromBase64String(text, bytes, out var length) && length == KeyLength;
    }

    /// <summary>What a server that knows the protocol answers to a key.</summary>
    public static string AnswerTo(string key)
    {
#pragma warning disable CA5350 // RFC 6455 has it so: it shows that the server knows the protocol, and protects nothing.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AnswerSuffix)));
#pragma warning restore CA5350
    }

    /// <summary>Whether a response with status 101 opens the WebSocket that was asked for.</summary>
    public static bool IsAccepted(Http1ResponseHead head, string key) =>
        OnlyValue(head, "Upgrade") is { } upgrade && upgrade.Equals(Protocol, StringComparison.OrdinalIgnoreCase)
        && ValuesOf(head, "Connection").Any(v => ConnectionOptions.Parse(v).Contains("upgrade"))
        && OnlyValue(head, AcceptHeader) == AnswerTo(key);

    private static string? OnlyValue(Http1ResponseHead head, string name) => ValuesOf(head, name).ToArray() is [var only] ? only : null;

    private static IEnumerable<string> ValuesOf(Http1ResponseHead head, string name) =>
        head.Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value);
}
