using System.Buffers;
using System.Globalization;
using System.Text;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.WebSocket;

namespace IronProxy.Runtime.Protocols.Http1;

/// <summary>
/// Writes the head of a request. Names, values and their order are written as given; what would end a line too early, or could
/// not be read again as the same line, is not written.
/// </summary>
internal static class Http1RequestWriter
{
    private const char LastLatin1 = '\xff';

    /// <summary>Writes a head.</summary>
    /// <param name="to">Where it goes.</param>
    /// <param name="method">The method.</param>
    /// <param name="target">Path and query.</param>
    /// <param name="host">Value of Host.</param>
    /// <param name="headers">All other headers but those that say how long the body is.</param>
    /// <param name="contentLength">Length of the body; null when nothing is said of it.</param>
    /// <param name="chunked">Whether the body comes in chunks.</param>
    /// <param name="webSocketKey">The key when a WebSocket is asked for; else null.</param>
    /// <returns>False when something cannot be written; then what was written is worth nothing.</returns>
    public static bool TryWrite(
        IBufferWriter<byte> to, string method, string target, string host, HeaderLines headers, long? contentLength, bool chunked, string? webSocketKey = null)
    {
        if (!HeaderName.IsValid(method) || !IsTarget(target))
        {
            return false;
        }

        Write(to, method);
        to.Write(" "u8);
        Write(to, target);
        to.Write(" HTTP/1.1\r\n"u8);
        if (!TryWriteLine(to, "Host", host))
        {
            return false;
        }

        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            if (webSocketKey is not null && name.Equals(WebSocketHandshake.KeyHeader, StringComparison.OrdinalIgnoreCase))
            {
                continue; // It is written with the rest of the handshake.
            }

            if (!TryWriteLine(to, name, value))
            {
                return false;
            }
        }

        if (webSocketKey is not null)
        {
            to.Write("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: "u8);
            Write(to, webSocketKey);
            to.Write("\r\n"u8);
        }

        if (chunked)
        {
            to.Write("Transfer-Encoding: chunked\r\n"u8);
        }
        else if (contentLength is { } length)
        {
            Write(to, string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n"));
        }

        to.Write("\r\n"u8);
        return true;
    }

    private static bool IsTarget(string target) => target.StartsWith('/') && !target.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static bool TryWriteLine(IBufferWriter<byte> to, string name, string value)
    {
        if (!HeaderName.IsValid(name) || !HeaderName.IsValidValue(value) || value.AsSpan().ContainsAnyExceptInRange('\0', LastLatin1))
        {
            return false;
        }

        Write(to, name);
        to.Write(": "u8);
        Write(to, value);
        to.Write("\r\n"u8);
        return true;
    }

    private static void Write(IBufferWriter<byte> to, string text) => to.Advance(Encoding.Latin1.GetBytes(text, to.GetSpan(text.Length)));
}
