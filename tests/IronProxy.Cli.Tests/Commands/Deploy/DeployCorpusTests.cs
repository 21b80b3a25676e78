using System.Text.RegularExpressions;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands.Deploy;

/// <summary>
/// Each folder of tests/corpus-deploy is a proxy.yaml, the arguments of <c>ironc deploy</c> in command.txt, and what it must say
/// in expected.txt.
/// </summary>
public sealed partial class DeployCorpusTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    private static string Root => RepositoryRoot.Combine("tests", "corpus-deploy");

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_would_not_work_is_said_before_anything_is_written(string name)
    {
        var folder = Path.Combine(Root, name);
        var output = _temporary.File("out");
        var arguments = (await File.ReadAllTextAsync(Path.Combine(folder, "command.txt"))).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var run = await CliRun.Of(["deploy", .. arguments, Path.Combine(folder, "proxy.yaml"), "--output", output]);

        ApprovedFile.Verify(Path.Combine(folder, "expected.txt"), run.Error.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));
        Assert.Equal(run.Exit == ExitCode.Ok, Directory.Exists(output));
        Assert.Equal(run.Exit == ExitCode.Ok, !run.Error.Contains("error IRON", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_code_of_preflight_has_one_method_a_page_and_a_case()
    {
        var codes = Directory.EnumerateFiles(RepositoryRoot.Combine("targets"), "*Diagnostics.cs", SearchOption.AllDirectories)
            .SelectMany(f => Quoted().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).Order(StringComparer.Ordinal).ToArray();
        var pages = Directory.EnumerateFiles(RepositoryRoot.Combine("docs", "diagnostics"), "IRON3*.md").ToDictionary(f => Path.GetFileNameWithoutExtension(f), File.ReadAllText);
        var produced = Directory.EnumerateFiles(Root, "expected.txt", SearchOption.AllDirectories)
            .SelectMany(f => Printed().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).Distinct().Order(StringComparer.Ordinal);

        Assert.True(codes.Length > 10);
        Assert.Equal(codes.Distinct(), codes);
        Assert.Equal(codes, pages.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(codes, produced);
        Assert.All(pages, p => Assert.StartsWith($"# {p.Key}: ", p.Value, StringComparison.Ordinal));
        Assert.All(pages, p => Assert.Contains("\n## Fix\n", p.Value, StringComparison.Ordinal));
    }

    [GeneratedRegex("\"(IRON3[0-9]{3})\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("(?:error|warning|info) (IRON3[0-9]{3}):")]
    private static partial Regex Printed();
}
