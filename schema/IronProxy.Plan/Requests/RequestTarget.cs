using System.Buffers;

namespace IronProxy.Plan;

/// <summary>
/// Path and query of a request. The path is forwarded byte for byte; <see cref="MatchPath"/> is the same path with only
/// unreserved escapes decoded (RFC 3986, 6.2.2.2), and is what rules read.
/// </summary>
public readonly record struct RequestTarget
{
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%\\");

    // Sloppy but harmless characters that real clients leave unescaped in queries are let through as they are.
    private static readonly SearchValues<char> QueryCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%?[]{}|^`\"<>\\");

    private RequestTarget(string path, string query, string matchPath)
    {
        Path = path;
        Query = query;
        MatchPath = matchPath;
    }

    /// <summary>The path as it came, starting with a slash.</summary>
    public string Path { get; }

    /// <summary>The query as it came, with its question mark; empty when there is none.</summary>
    public string Query { get; }

    /// <summary>The path that rules are matched against.</summary>
    public string MatchPath { get; }

    /// <summary>Checks an origin-form target (RFC 9112, 3.2.1).</summary>
    /// <param name="raw">The target as it came, starting with a slash.</param>
    /// <param name="target">Path and query.</param>
    /// <returns>Null, or why the target is refused.</returns>
    public static Reason? TryCreate(string raw, out RequestTarget target)
    {
        target = default;
        if (raw.Length == 0 || raw[0] != '/')
        {
            return Reason.UnsupportedTarget;
        }

        var question = raw.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? raw : raw[..question];
        var query = question < 0 ? "" : raw[question..];

        if (Checks.On(Check.PathCharacters)
            && (path.AsSpan().ContainsAnyExcept(PathCharacters)
                || query.AsSpan().ContainsAnyExcept(QueryCharacters)
                || !HasValidEscapes(path)
                || !HasValidEscapes(query)))
        {
            return Reason.InvalidPath;
        }

        // On the decoded form: %25%32%66 is %252f, written in a way that hides it.
        var matchPath = DecodeUnreserved(path);
        if (Checks.On(Check.PathSeparators) && HasAmbiguousSeparator(matchPath))
        {
            return Reason.EncodedSeparator;
        }

        if (Checks.On(Check.PathDotSegments) && HasDotSegment(matchPath))
        {
            return Reason.DotSegment;
        }

        target = new RequestTarget(path, query, matchPath);
        return null;
    }

    /// <summary>
    /// Decodes the escapes of unreserved characters and writes the others in upper case, so that equivalent spellings
    /// (RFC 3986, 6.2.2.1 and 6.2.2.2) become one.
    /// </summary>
    public static string DecodeUnreserved(string path)
    {
        if (!path.Contains('%', StringComparison.Ordinal))
        {
            return path;
        }

        var result = new char[path.Length];
        var length = 0;
        for (var i = 0; i < path.Length; i++)
        {
            var c = path[i];
            if (c != '%' || i + 2 >= path.Length || !char.IsAsciiHexDigit(path[i + 1]) || !char.IsAsciiHexDigit(path[i + 2]))
            {
                result[length++] = c;
                continue;
            }

            var value = (char)Escape(path, i);
            if (char.IsAsciiLetterOrDigit(value) || value is '-' or '.' or '_' or '~')
            {
                result[length++] = value;
            }
            else
            {
                result[length++] = '%';
                result[length++] = char.ToUpperInvariant(path[i + 1]);
                result[length++] = char.ToUpperInvariant(path[i + 2]);
            }

            i += 2;
        }

        return new string(result, 0, length);
    }

    private static bool HasValidEscapes(string text)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
            {
                return false;
            }

            // NUL and line breaks have no meaning in a path and end it in careless readers.
            if (Escape(text, i) is 0 or 0x0A or 0x0D && !text.StartsWith('?'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A backslash, an escaped slash or backslash, or one of those or a dot that was escaped again, however often.</summary>
    private static bool HasAmbiguousSeparator(string path)
    {
        if (path.Contains('\\', StringComparison.Ordinal))
        {
            return true;
        }

        for (var i = path.IndexOf('%', StringComparison.Ordinal); i >= 0 && i + 2 < path.Length; i = path.IndexOf('%', i + 1))
        {
            // %25 is a percent sign, and each 25 behind it one more time of escaping.
            var hex = i + 1;
            while (hex + 3 < path.Length && path.AsSpan(hex, 2) is "25")
            {
                hex += 2;
            }

            if (IsEscapeOf(path, hex, '/') || IsEscapeOf(path, hex, '\\') || (hex > i + 1 && IsEscapeOf(path, hex, '.')))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsEscapeOf(string path, int hex, char c) =>
        char.IsAsciiHexDigit(path[hex]) && char.IsAsciiHexDigit(path[hex + 1]) && Escape(path, hex - 1) == c;

    private static int Escape(string text, int percent) =>
        (HexValue(text[percent + 1]) << 4) | HexValue(text[percent + 2]);

    private static int HexValue(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;

    /// <summary>A segment that is one or two dots, also with a path parameter behind it, as some servers drop those.</summary>
    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        if (!path.Contains('.'))
        {
            return false;
        }

        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            var parameter = segment.IndexOf(';');
            if (parameter >= 0)
            {
                segment = segment[..parameter];
            }

            if (segment is "." or "..")
            {
                return true;
            }
        }

        return false;
    }
}
