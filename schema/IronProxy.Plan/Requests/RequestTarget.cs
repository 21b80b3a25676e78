using System.Buffers;
using System.Collections.Immutable;

namespace IronProxy.Plan;

/// <summary>
/// Path and query of a request. The path is forwarded byte for byte; <see cref="MatchPath"/> is the same path with only
/// unreserved escapes decoded (RFC 3986, 6.2.2.2), and is what rules read.
/// </summary>
public readonly record struct RequestTarget
{
    // RFC 3986 and what browsers and other clients leave as it is (WHATWG URL): servers read each of these in one way.
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%[]{}|^`\"\\");

    private static readonly SearchValues<char> QueryCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%?[]{}|^`\"<>\\");

    private RequestTarget(string path, string query, string matchPath, bool isRoute = false)
    {
        Path = path;
        Query = query;
        MatchPath = matchPath;
        IsRoute = isRoute;
    }

    /// <summary>The path as it came, starting with a slash.</summary>
    public string Path { get; }

    /// <summary>The query as it came, with its question mark; empty when there is none.</summary>
    public string Query { get; }

    /// <summary>The path that rules are matched against.</summary>
    public string MatchPath { get; }

    /// <summary>Whether <see cref="MatchPath"/> is in lower case, and rules are to be read so as well: routers may not care for letter case.</summary>
    internal bool IsRoute { get; }

    /// <summary>
    /// The other paths that a server may take <see cref="MatchPath"/> for, in the same form. None for ordinary paths; policy
    /// must answer alike for all of them (<see cref="PlanPolicy.FindConflict"/>).
    /// </summary>
    public ImmutableArray<string> OtherReadings() => PathReadings.Of(MatchPath);

    /// <summary>The same target, matched by one of the routes that its path may be taken for.</summary>
    internal RequestTarget ReadAsRoute(string route) => new(Path, Query, route, isRoute: true);

    /// <summary>The same target, matched by one of its readings.</summary>
    internal RequestTarget ReadAs(string reading) => new(Path, Query, reading);

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
        var query = raw[path.Length..];

        if (Checks.On(Check.PathCharacters)
            && (path.AsSpan().ContainsAnyExcept(PathCharacters)
                || query.AsSpan().ContainsAnyExcept(QueryCharacters)
                || !HasValidEscapes(path)))
        {
            return Reason.InvalidPath;
        }

        // On the decoded form: %25%32%66 is %252f, written in a way that hides it.
        var matchPath = DecodeUnreserved(path);
        if (Checks.On(Check.PathSeparators) && HasAmbiguousSeparator(matchPath))
        {
            return Reason.EncodedSeparator;
        }

        if (Checks.On(Check.PathDotSegments) && (DotSegments.Refusal(matchPath) ?? CheckLoneDots(path, matchPath)) is { } refusal)
        {
            return refusal;
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
            if (Escape(text, i) is 0 or 0x0A or 0x0D)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// A backslash, plain or escaped, or a slash, a backslash or a dot that was escaped again, however often. A slash that was
    /// escaped once is another reading of the path, and policy is asked about both.
    /// </summary>
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

            if (IsEscapeOf(path, hex, '\\') || (hex > i + 1 && (IsEscapeOf(path, hex, '/') || IsEscapeOf(path, hex, '.'))))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsEscapeOf(string path, int hex, char c) =>
        char.IsAsciiHexDigit(path[hex]) && char.IsAsciiHexDigit(path[hex + 1]) && Escape(path, hex - 1) == c;

    private static int Escape(string text, int percent) => HexValue(text[percent + 1], text[percent + 2]);

    internal static int HexValue(char high, char low) => (HexValue(high) << 4) | HexValue(low);

    private static int HexValue(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;

    /// <summary>A lone dot that was written as %2e: no client has a reason to, and readers that decode late do not remove it.</summary>
    private static Reason? CheckLoneDots(string path, string matchPath) =>
        !ReferenceEquals(path, matchPath) && CountLoneDots(path) != CountLoneDots(matchPath) ? Reason.DotSegment : null;

    private static int CountLoneDots(string path)
    {
        var count = 0;
        for (var i = path.IndexOf('.', StringComparison.Ordinal); i >= 0; i = path.IndexOf('.', i + 1))
        {
            var before = path.AsSpan(0, i);
            var behind = path.AsSpan(i + 1);
            var opens = before.EndsWith('/') || before.EndsWith("%2f", StringComparison.OrdinalIgnoreCase);
            var closes = behind.IsEmpty || behind.StartsWith('/') || behind.StartsWith("%2f", StringComparison.OrdinalIgnoreCase);
            count += opens && closes ? 1 : 0;
        }

        return count;
    }
}
