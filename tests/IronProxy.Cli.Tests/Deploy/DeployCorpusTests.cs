using System.Text.RegularExpressions;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Deploy;

/// <summary>
/// Each folder of tests/corpus-deploy is a proxy.yaml, the arguments of <c>ironc deploy</c> (command.txt) and what that prints on
/// standard error (expected.txt). Preflight codes each have a case and a page.
/// </summary>
public sealed partial class DeployCorpusTests
{
    /// <summary>No target has an option without a default, so nobody can be told of a missing one.</summary>
    private static readonly string[] NotProducedYet = ["IRON3003"];

    private static readonly string[] Codes = [.. Directory
        .EnumerateFiles(RepositoryRoot.Combine("targets"), "*Diagnostics.cs", SearchOption.AllDirectories)
        .SelectMany(f => Code().Matches(File.ReadAllText(f)).Select(m => m.Value.Trim('"')))];

    private static string Root => RepositoryRoot.Combine("tests", "corpus-deploy");

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_command_prints_what_is_beside_it(string name)
    {
        var source = Path.Combine(Root, name);
        using var folder = new TemporaryFolder();
        var policy = folder.Write("proxy.yaml", await File.ReadAllTextAsync(Path.Combine(source, "proxy.yaml")));
        var arguments = (await File.ReadAllTextAsync(Path.Combine(source, "command.txt"))).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

        var run = await CliRun.Of(["deploy", policy, "-o", folder.File("out"), .. arguments]);

        // Errors, and only those, keep the folder from being written.
        Assert.Equal(run.Error.Contains(": error IRON", StringComparison.Ordinal) ? 1 : 0, run.Exit);
        Assert.Equal(run.Exit == 0, Directory.Exists(folder.File("out")));
        ApprovedFile.Verify(Path.Combine(source, "expected.txt"), run.Error.Replace(policy, "proxy.yaml", StringComparison.Ordinal));
    }

    [Fact]
    public void A_code_belongs_to_one_method() => Assert.Equal(Codes.Distinct().Order(), Codes.Order());

    [Fact]
    public void Every_code_has_a_page_and_a_case()
    {
        var printed = Directory.EnumerateFiles(Root, "expected.txt", SearchOption.AllDirectories).SelectMany(f => Printed().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).ToHashSet();
        var pages = Directory.EnumerateFiles(RepositoryRoot.Combine("docs", "diagnostics"), "IRON3*.md").Select(Path.GetFileNameWithoutExtension);
        Assert.Equal(NotProducedYet, Codes.Where(c => !printed.Contains(c)).Order());
        Assert.Equal(Codes.Except(NotProducedYet).Order(), pages.Order());
    }

    [Fact]
    public void Every_page_has_a_title_an_example_and_a_fix()
    {
        foreach (var path in Directory.EnumerateFiles(RepositoryRoot.Combine("docs", "diagnostics"), "IRON3*.md"))
        {
            var page = File.ReadAllText(path);
            Assert.StartsWith($"# {Path.GetFileNameWithoutExtension(path)}: ", page, StringComparison.Ordinal);
            Assert.Contains("\n## Example\n", page, StringComparison.Ordinal);
            Assert.Contains("\n## Fix\n", page, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("\"IRON[0-9]{4}\"")]
    private static partial Regex Code();

    [GeneratedRegex("(?:error|warning|info) (IRON[0-9]{4}):")]
    private static partial Regex Printed();
}
