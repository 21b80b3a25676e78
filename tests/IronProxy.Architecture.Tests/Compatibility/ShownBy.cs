namespace IronProxy.Architecture.Tests.Compatibility;

/// <summary>
/// What shows our side of each difference. It stands in a file beside the tests, so that the page stays one for people, and names a difference by words of its row:
/// a number would say nothing to who reads the file, and would have to stand in the page.
/// </summary>
/// <param name="Words">Words that stand in one row of the page and in no other.</param>
/// <param name="Tests">Tests and cases, in the notation of <see cref="TestSources"/>.</param>
internal sealed record ShownBy(string Words, IReadOnlyList<string> Tests)
{
    public const string Path = "tests/IronProxy.Architecture.Tests/Compatibility/shown-by.txt";

    /// <summary>Words at the beginning of a line, and below them, indented, what shows it. Lines that begin with # are remarks.</summary>
    public static IReadOnlyList<ShownBy> Read(IEnumerable<string> lines)
    {
        var entries = new List<(string Words, List<string> Tests)>();
        foreach (var line in lines.Where(l => l.Trim().Length > 0 && l[0] != '#'))
        {
            if (line[0] != ' ')
            {
                entries.Add((line.Trim(), []));
            }
            else
            {
                entries[^1].Tests.Add(line.Trim());
            }
        }

        return [.. entries.Select(e => new ShownBy(e.Words, e.Tests))];
    }

    /// <summary>What is wrong between the page and the entries.</summary>
    /// <param name="differences">The rows of the page.</param>
    /// <param name="entries">The entries.</param>
    /// <param name="exists">Whether there is such a test or case.</param>
    public static IEnumerable<string> Check(IReadOnlyList<string> differences, IReadOnlyList<ShownBy> entries, Func<string, bool> exists)
    {
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var rows = differences.Where(d => d.Contains(entry.Words, StringComparison.Ordinal)).ToList();
            if (rows.Count != 1)
            {
                yield return $"{Path}: {rows.Count} rows of {CompatibilityPage.Path} have the words \"{entry.Words}\": take words of the one that is meant, or remove the entry with its row.";
            }
            else if (!shown.Add(rows[0]))
            {
                yield return $"{Path}: a second entry for \"{entry.Words}\": add its tests to the first one.";
            }

            if (entry.Tests.Count == 0)
            {
                yield return $"{Path}: nothing below \"{entry.Words}\": name a test that shows it.";
            }

            foreach (var test in entry.Tests.Where(t => !exists(t)))
            {
                yield return $"{Path}: \"{entry.Words}\" names {test}, which is none or not one alone.";
            }
        }

        foreach (var difference in differences.Where(d => !shown.Contains(d)))
        {
            yield return $"{CompatibilityPage.Path}: no test shows \"{difference}\": write its first words and a test into {Path}.";
        }
    }
}
