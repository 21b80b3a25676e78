namespace IronProxy.Plan.Matching;

/// <summary>
/// What routers of web frameworks take a path for, that a rule about paths does not: with a slash too many or at its end, in another letter case (Express reads both so unless it is
/// told not to), with parameters, blanks and dots at the ends of segments, with escapes, also of escapes, with a format at the end (Rails), and behind a script (PHP).
/// </summary>
internal static class RouteReadings
{
    private const string Script = ".php";

    /// <summary>The readings of a path, in lower case: so are rules read then.</summary>
    /// <param name="path">The path, as rules read it.</param>
    public static IEnumerable<string> Of(string path)
    {
        var once = Uri.UnescapeDataString(path);
        return new[] { once, Uri.UnescapeDataString(once) }
            .SelectMany(ReadingsOf)
            .SelectMany(p => new[] { p, p.Length > 1 ? p + "/" : p })
            .Distinct(StringComparer.Ordinal);
    }

    private static IEnumerable<string> ReadingsOf(string path)
    {
        var end = path.AsSpan().IndexOfAny("?#");
        string[] segments =
        [
            .. (end < 0 ? path : path[..end]).Split('/', '\\')
                .Select(s => s.IndexOf(';', StringComparison.Ordinal) is >= 0 and var parameters ? s[..parameters] : s)
                .Select(s => s.Trim().TrimEnd('.', ' ').ToLowerInvariant())
                .Where(s => s.Length > 0),
        ];
        yield return Join(segments);
        if (segments is [.., var last] && last.LastIndexOf('.') is > 0 and var format)
        {
            yield return Join([.. segments[..^1], last[..format]]);
        }

        if (segments is [var first, _, ..] && first.EndsWith(Script, StringComparison.Ordinal))
        {
            yield return Join(segments[1..]);
        }
    }

    private static string Join(string[] segments) => "/" + string.Join('/', segments);
}
