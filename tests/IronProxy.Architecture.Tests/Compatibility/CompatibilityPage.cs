namespace IronProxy.Architecture.Tests.Compatibility;

/// <summary>The differences that docs/compatibility.md names: the rows of its tables and the points of its lists.</summary>
internal static class CompatibilityPage
{
    public const string Path = "docs/compatibility.md";

    /// <summary>The text of each difference, on one line.</summary>
    public static IReadOnlyList<string> Differences(IEnumerable<string> lines)
    {
        var differences = new List<string>();
        var inPoint = false;
        foreach (var line in lines)
        {
            if (inPoint && line.StartsWith("  ", StringComparison.Ordinal))
            {
                differences[^1] += " " + line.Trim();
                continue;
            }

            inPoint = line.StartsWith("- ", StringComparison.Ordinal);
            if (inPoint)
            {
                differences.Add(line[2..].Trim());
            }
            else if (line.StartsWith('|') && !line.StartsWith("|---", StringComparison.Ordinal) && !line.StartsWith("| Here |", StringComparison.Ordinal))
            {
                differences.Add(line.Trim('|', ' '));
            }
        }

        return differences;
    }
}
