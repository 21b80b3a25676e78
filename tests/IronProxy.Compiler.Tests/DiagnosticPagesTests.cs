using System.Text.RegularExpressions;
using IronProxy.Compiler.Analysis;
using IronProxy.Testing;

namespace IronProxy.Compiler.Tests;

/// <summary>Every code has one method, one page and a corpus case.</summary>
public partial class DiagnosticPagesTests
{
    /// <summary>Corpus cases of more than 48 MB or 1000 findings would be a burden; tests of the reader produce these.</summary>
    private static readonly string[] TooLargeForTheCorpus = ["IRON0013", "IRON0014"];

    private static readonly string[] Codes = [.. Directory
        .EnumerateFiles(RepositoryRoot.Combine("compiler", "IronProxy.Compiler"), "*Diagnostics.cs", SearchOption.AllDirectories)
        .Append(RepositoryRoot.Combine("compiler", "IronProxy.Diagnostics", "DiagnosticBag.cs"))
        .SelectMany(f => Code().Matches(File.ReadAllText(f)).Select(m => m.Value.Trim('"')))
        .Concat(PolicyWarnings.All.Select(w => w.Code))];

    [Fact]
    public void A_code_belongs_to_one_method()
    {
        Assert.True(Codes.Length > 70);
        Assert.Equal(Codes.Distinct().Order(), Codes.Order());
    }

    [Fact]
    public void Codes_and_pages_agree()
    {
        var pages = Directory.EnumerateFiles(RepositoryRoot.Combine("docs", "diagnostics"), "IRON0*.md")
            .Concat(Directory.EnumerateFiles(RepositoryRoot.Combine("docs", "diagnostics"), "IRON1*.md"))
            .Concat(Directory.EnumerateFiles(RepositoryRoot.Combine("docs", "diagnostics"), "IRON2*.md"))
            .Select(Path.GetFileNameWithoutExtension);
        Assert.Equal(Codes.Order(), pages.Order());
    }

    [Fact]
    public void Every_page_has_a_title_an_example_and_a_fix()
    {
        foreach (var code in Codes)
        {
            var page = File.ReadAllText(RepositoryRoot.Combine("docs", "diagnostics", code + ".md"));
            Assert.StartsWith($"# {code}: ", page, StringComparison.Ordinal);
            Assert.Contains("\n## Example\n", page, StringComparison.Ordinal);
            Assert.Contains("\n## Fix\n", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_code_is_produced_by_a_corpus_case()
    {
        var produced = Directory.EnumerateDirectories(RepositoryRoot.Combine("tests"), "corpus*")
            .SelectMany(d => Directory.EnumerateFiles(d, "expected.txt", SearchOption.AllDirectories))
            .SelectMany(f => Printed().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value))
            .ToHashSet();
        Assert.Equal(TooLargeForTheCorpus, Codes.Where(c => !produced.Contains(c)));
    }

    [GeneratedRegex("\"IRON[0-9]{4}\"")]
    private static partial Regex Code();

    [GeneratedRegex("(?:error|warning|info) (IRON[0-9]{4}):")]
    private static partial Regex Printed();
}
