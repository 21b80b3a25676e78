using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace IronProxy.Plan;

/// <summary>Rules about header names and values (RFC 9110, 5.1 and 5.5).</summary>
public static class HeaderName
{
    private static readonly SearchValues<char> Token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>RFC 9110, 7.6.1: these belong to one connection and are never forwarded.</summary>
    private static readonly FrozenSet<string> HopByHop = FrozenSet.ToFrozenSet(
    [
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "HTTP2-Settings",
    ], StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Headers that decide where a request goes or where it ends. Steps neither scan, set nor strip them: a placeholder in
    /// Host must not become a host, a body must keep its length, and a WebSocket its handshake.
    /// </summary>
    private static readonly FrozenSet<string> Framing = FrozenSet.ToFrozenSet(
        ["Host", "Content-Length", "Transfer-Encoding", "Connection", "TE", "Trailer", "Upgrade", "Expect", "Sec-WebSocket-Key", "Sec-WebSocket-Version"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a character may stand in a token.</summary>
    public static bool IsTokenCharacter(char c) => Token.Contains(c);

    /// <summary>Whether the text is a header name.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) => !name.IsEmpty && !name.ContainsAnyExcept(Token);

    /// <summary>Whether the text can be a header value: no control characters but the tab.</summary>
    public static bool IsValidValue(ReadOnlySpan<char> value)
    {
        foreach (var c in value)
        {
            if ((c < ' ' && c != '\t') || c == '\x7f')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A text as header values are held here: a character for each byte of its UTF-8, as servers and clients read Latin-1.</summary>
    public static string ToWire(string text) => Ascii.IsValid(text) ? text : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether the header belongs to one connection.</summary>
    public static bool IsHopByHop(string name) => HopByHop.Contains(name);

    /// <summary>Whether the header shows a client to this proxy (RFC 9110, 11.7.2): what is in it is nobody else's.</summary>
    public static bool IsForProxy(string name) => name.Equals("Proxy-Authorization", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the header belongs to routing or framing, so that no step may touch it.</summary>
    public static bool IsFraming(string name) => Framing.Contains(name);

    /// <summary>The usual spelling: the first letter and those behind a hyphen in upper case, the others in lower case.</summary>
    public static string Canonical(string name) => string.Create(name.Length, name, static (result, source) =>
    {
        var upper = true;
        for (var i = 0; i < source.Length; i++)
        {
            result[i] = upper ? char.ToUpperInvariant(source[i]) : char.ToLowerInvariant(source[i]);
            upper = source[i] == '-';
        }
    });
}
