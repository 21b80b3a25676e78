using System.Globalization;

namespace IronProxy.Architecture.Tests;

public sealed class DecisionRecordTests
{
    /// <summary>A record that the list does not have is found by nobody.</summary>
    [Fact]
    public void Every_record_is_in_the_list_once_and_under_its_number()
    {
        var folder = Path.Combine(Repository.Root, "docs", "adr");
        var list = File.ReadAllLines(Path.Combine(folder, "README.md"));

        Violations.AssertNone(
            from path in Directory.GetFiles(folder, "0*.md").Order(StringComparer.Ordinal)
            let file = Path.GetFileName(path)
            let number = int.Parse(file[..4], CultureInfo.InvariantCulture)
            where list.Count(l => l.StartsWith($"{number}. [", StringComparison.Ordinal) && l.EndsWith($"]({file})", StringComparison.Ordinal)) != 1
            select $"docs/adr/README.md: {file} is to be in the list once, as number {number}.");
    }
}
