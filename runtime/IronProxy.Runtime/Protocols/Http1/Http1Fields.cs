using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace IronProxy.Runtime.Protocols.Http1;

/// <summary>Lines of a head or of a trailer section (RFC 9112, 5): a name, a colon, a value. No folding, no control characters.</summary>
internal static class Http1Fields
{
    private const int LongestKnownName = 32;

    private static readonly SearchValues<byte> Token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    /// <summary>Visible characters, bytes beyond ASCII, blank and tab.</summary>
    private static readonly SearchValues<byte> Value = SearchValues.Create(
        [(byte)'\t', .. Enumerable.Range(0x20, 0xE0).Where(static b => b != 0x7f).Select(static b => (byte)b)]);

    /// <summary>Names that are read again and again, in the spellings that upstreams use.</summary>
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = FrozenSet.ToFrozenSet(
        WithLowerCase(
        [
            "Accept-Ranges", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
            "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Age", "Allow", "Alt-Svc", "Cache-Control", "Connection",
            "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Range", "Content-Security-Policy",
            "Content-Type", "Date", "ETag", "Expires", "Keep-Alive", "Last-Modified", "Link", "Location", "Pragma", "Referrer-Policy",
            "Retry-After", "Server", "Set-Cookie", "Strict-Transport-Security", "Transfer-Encoding", "Vary", "Via", "WWW-Authenticate",
            "X-Content-Type-Options", "X-Frame-Options", "X-Request-Id",
        ]),
        StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether bytes are a token (RFC 9110, 5.6.2).</summary>
    public static bool IsToken(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && !bytes.ContainsAnyExcept(Token);

    /// <summary>Whether bytes can be a value or a reason phrase.</summary>
    public static bool IsValue(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept(Value);

    /// <summary>Reads a line, without its end.</summary>
    public static bool TryReadLine(ReadOnlySpan<byte> line, out string name, out string value)
    {
        name = "";
        value = "";
        var colon = line.IndexOf((byte)':');
        if (colon < 0 || !IsToken(line[..colon]))
        {
            return false;
        }

        var text = line[(colon + 1)..].Trim(" \t"u8);
        if (!IsValue(text))
        {
            return false;
        }

        name = NameOf(line[..colon]);
        value = Encoding.Latin1.GetString(text);
        return true;
    }

    private static string NameOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= LongestKnownName)
        {
            Span<char> characters = stackalloc char[LongestKnownName];
            var length = Encoding.ASCII.GetChars(bytes, characters);
            if (Known.TryGetValue(characters[..length], out var known))
            {
                return known;
            }
        }

        return Encoding.ASCII.GetString(bytes);
    }

    private static IEnumerable<string> WithLowerCase(string[] names) => names.Concat(names.Select(static n => n.ToLowerInvariant()));
}
