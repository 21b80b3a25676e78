namespace IronProxy.Plan.Matching;

/// <summary>
/// What routers of web frameworks take a path for, that a rule about paths does not: with a slash too many or at its end, in another letter case (Express reads both so unless it is
/// told not to), with parameters, blanks and dots at the ends of segments, and with escapes.
/// </summary>
internal static class RouteReadings
{
    /// <summary>The readings of a path beside the path itself.</summary>
    /// <param name="path">The path, as rules read it.</param>
    public static IEnumerable<string> Of(string path)
    {
        var segments = Uri.UnescapeDataString(path).Split('/', '\\')
            .Select(s => s.IndexOf(';', StringComparison.Ordinal) is >= 0 and var end ? s[..end] : s)
            .Select(s => s.Trim().TrimEnd('.', ' '))
            .Where(s => s.Length > 0);
        var plain = "/" + string.Join('/', segments);
        return new[] { plain, plain.ToLowerInvariant(), plain.ToUpperInvariant() }.SelectMany(p => new[] { p, p + "/" }).Where(p => p != path).Distinct(StringComparer.Ordinal);
    }
}
