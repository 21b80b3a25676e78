using System.Buffers;
using System.Collections.Immutable;

namespace IronProxy.Plan;

/// <summary>
/// The other paths that a server may take a path for, each of them harmless: an escaped slash decoded (as for GitLab's
/// <c>group%2Fname</c>), path parameters cut off (servlets), lone <c>.</c> segments removed (RFC 3986, 5.2.4).
/// </summary>
internal static class PathReadings
{
    private static readonly SearchValues<string> Signs = SearchValues.Create([";", "%2F", "/./"], StringComparison.Ordinal);

    /// <summary>The readings of a path beside the path itself. None, and nothing is allocated, for ordinary paths.</summary>
    /// <param name="path">The path, with unreserved escapes decoded and the others in upper case.</param>
    public static ImmutableArray<string> Of(string path)
    {
        if (!path.AsSpan().ContainsAny(Signs) && !path.EndsWith("/.", StringComparison.Ordinal))
        {
            return [];
        }

        // Servers do any of these, and decode before or behind the cutting. Removing dots comes last: it finds most then.
        var readings = new List<string> { path };
        AddEach(readings, DecodeSlashes);
        AddEach(readings, CutParameters);
        AddEach(readings, DecodeSlashes);
        AddEach(readings, RemoveDots);
        return [.. readings.Skip(1)];
    }

    private static void AddEach(List<string> readings, Func<string, string> read)
    {
        for (var (i, count) = (0, readings.Count); i < count; i++)
        {
            var reading = read(readings[i]);
            if (!readings.Contains(reading))
            {
                readings.Add(reading);
            }
        }
    }

    private static string DecodeSlashes(string path) => path.Replace("%2F", "/", StringComparison.Ordinal);

    private static string CutParameters(string path) => path.Contains(';', StringComparison.Ordinal)
        ? string.Join('/', path.Split('/').Select(s => s.IndexOf(';', StringComparison.Ordinal) is >= 0 and var end ? s[..end] : s))
        : path;

    /// <summary>A dot at the end leaves its slash, as when a browser resolves it.</summary>
    private static string RemoveDots(string path)
    {
        var segments = path.Split('/');
        var kept = segments.Where(s => s != ".");
        return string.Join('/', segments[^1] == "." ? kept.Append("") : kept);
    }
}
