namespace IronProxy.Architecture.Tests.Compatibility;

/// <summary>docs/compatibility.md says nothing that no test shows.</summary>
public sealed class CompatibilityPageTests
{
    private const string Entry = "Unknown keys\n  Tests.One\n";

    [Fact]
    public void Every_difference_names_what_shows_our_side_of_it()
    {
        var methods = TestSources.Methods(
            from file in Repository.TrackedFiles()
            where file.StartsWith("tests/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal)
            let path = Path.Combine(Repository.Root, file)
            where File.Exists(path)
            select File.ReadLines(path));

        Violations.AssertNone(ShownBy.Check(
            CompatibilityPage.Differences(File.ReadLines(Path.Combine(Repository.Root, CompatibilityPage.Path))),
            ShownBy.Read(File.ReadLines(Path.Combine(Repository.Root, ShownBy.Path))),
            test => methods.GetValueOrDefault(test) == 1 || TestSources.IsCase(Repository.Root, test)));
    }

    [Fact]
    public void Rows_and_points_are_differences()
    {
        string[] page = ["# Differences", "A text.", "", "| Here | Why |", "|---|---|", "| Unknown keys are errors. | Slips. |", "| More is. | |", "", "- A point", "  of two lines.", "- Another."];

        Assert.Equal(["Unknown keys are errors. | Slips.", "More is.", "A point of two lines.", "Another."], CompatibilityPage.Differences(page));
    }

    [Theory]
    [InlineData(Entry, "| Unknown keys are errors. |", "")]
    [InlineData(Entry, "| Unknown keys are errors. |\n| Another row. |", "no test shows \"Another row.\"")]
    [InlineData(Entry, "| Unknown keys are errors. |\n- A new point.", "no test shows \"A new point.\"")]
    [InlineData(Entry + "A row of before\n  Tests.One\n", "| Unknown keys are errors. |", "0 rows of docs/compatibility.md have the words \"A row of before\"")]
    [InlineData(Entry, "| Unknown keys are errors. |\n| Unknown keys are bad. |", "2 rows of docs/compatibility.md have the words \"Unknown keys\"")]
    [InlineData(Entry + "are errors\n  Tests.One\n", "| Unknown keys are errors. |", "a second entry for \"are errors\"")]
    [InlineData("Unknown keys\n", "| Unknown keys are errors. |", "nothing below \"Unknown keys\"")]
    [InlineData("Unknown keys\n  Tests.Two\n", "| Unknown keys are errors. |", "\"Unknown keys\" names Tests.Two")]
    public void What_is_missing_or_too_much_is_found(string entries, string page, string expected)
    {
        var found = string.Join('\n', ShownBy.Check(CompatibilityPage.Differences(page.Split('\n')), ShownBy.Read(entries.Split('\n')), test => test == "Tests.One"));

        Assert.Equal(expected.Length == 0, found.Length == 0);
        Assert.Contains(expected, found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_is_a_test_by_its_attribute()
    {
        string[] source =
        [
            "public sealed class ATests", "{", "    [SkippableTheory]", "    [InlineData(1)] // As here.", "    public async Task One(int x)", "    public void Helper()",
            "    [Fact(Skip = \"not now\")]", "    public void Two()", "    [Fact]", "    public void Three() =>",
        ];

        Assert.Equal(["ATests.One", "ATests.Three"], TestSources.Methods([source]).Keys);
        Assert.Equal(2, TestSources.Methods([source, source])["ATests.One"]);
    }

    [Theory]
    [InlineData("tests/corpus/unknown-key", true)]
    [InlineData("tests/corpus/no-such-case", false)]
    [InlineData("tests/e2e/bypass/paths/backslash.yaml", true)]
    [InlineData("tests/e2e/bypass/policies/basic.yaml", false)]
    [InlineData("tests/e2e/bypass/paths/no-such-case.yaml", false)]
    [InlineData("docs/compatibility.md", false)]
    public void A_case_is_a_folder_of_the_corpus_or_a_file_of_attacks(string path, bool isCase) => Assert.Equal(isCase, TestSources.IsCase(Repository.Root, path));
}
