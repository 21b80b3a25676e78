namespace IronProxy.Compiler.Learning;

/// <summary>Leaves out patterns that another one of the same list makes needless.</summary>
internal static class PathCover
{
    /// <summary>Every pattern is compared with every other. What is needless in a longer list does no harm there.</summary>
    private const int MaxPatterns = 1000;

    /// <summary>The patterns without the methods for which another pattern matches the same and more; that one gets their counts.</summary>
    public static IReadOnlyList<(string Pattern, SortedDictionary<string, long> Methods)> Prune(List<(string Pattern, SortedDictionary<string, long> Methods)> patterns)
    {
        if (patterns.Count > MaxPatterns)
        {
            return patterns;
        }

        var kept = new List<(string Pattern, string[] Segments, SortedDictionary<string, long> Methods)>();

        // The wider ones first: they have fewer names in them, and are open or shorter.
        var ordered = patterns.Select(p => (p.Pattern, Segments: p.Pattern.Split('/'), p.Methods))
            .OrderBy(p => p.Segments.Count(IsName)).ThenBy(p => !IsOpen(p.Segments)).ThenBy(p => p.Segments.Length).ThenBy(p => p.Pattern, StringComparer.Ordinal);
        foreach (var (pattern, segments, methods) in ordered)
        {
            var own = new SortedDictionary<string, long>(StringComparer.Ordinal);
            foreach (var (method, count) in methods)
            {
                if (kept.Find(k => k.Methods.ContainsKey(method) && Covers(k.Segments, segments)).Methods is { } wider)
                {
                    wider[method] += count;
                }
                else
                {
                    own.Add(method, count);
                }
            }

            if (own.Count > 0)
            {
                kept.Add((pattern, segments, own));
            }
        }

        return [.. kept.Select(k => (k.Pattern, k.Methods))];
    }

    /// <summary>Whether a pattern matches all that another one matches. A no may be wrong, a yes is not.</summary>
    public static bool Covers(ReadOnlySpan<string> wider, ReadOnlySpan<string> other)
    {
        for (var i = 0; i < wider.Length; i++)
        {
            if (i == wider.Length - 1 && wider[i] == "*")
            {
                // It takes in the rest, and its bare parent.
                return other.Length >= i;
            }

            if (i >= other.Length || !CoversSegment(wider[i], other[i], last: i == other.Length - 1))
            {
                return false;
            }
        }

        return wider.Length == other.Length;
    }

    private static bool CoversSegment(string wider, string other, bool last) => wider switch
    {
        "*" => !(last && other == "*"),
        "*?" => other == "*?" || (IsName(other) && other.Length > 0),
        _ => wider == other && !(last && other == "*"),
    };

    private static bool IsOpen(string[] segments) => segments[^1] == "*";

    private static bool IsName(string segment) => segment is not ("*" or "*?");
}
