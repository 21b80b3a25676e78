using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands;

public sealed class MergeRulesTests : IDisposable
{
    private const string Policy = "tls: { ca_cert: c, ca_key: k }\ntransforms: [{ name: allowlist, config: { domains: [\"a.example\"], warn: true } }]\n";

    private readonly TemporaryFolder _folder = new();

    private static string Root => RepositoryRoot.Combine("tests", "corpus-merge");

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    /// <summary>Each folder of tests/corpus-merge is a policy, rules, arguments in command.txt, and what comes out: merged.yaml, or why there is none.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_file_of_rules_is_merged_or_its_mistakes_are_shown_where_they_are(string name)
    {
        var folder = Path.Combine(Root, name);
        var output = _folder.File("merged.yaml");
        var arguments = (await File.ReadAllTextAsync(Path.Combine(folder, "command.txt"))).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var run = await CliRun.Of(["merge-rules", Path.Combine(folder, "proxy.yaml"), Path.Combine(folder, "rules.yaml"), "-o", output, .. arguments]);

        var place = folder + Path.DirectorySeparatorChar;
        ApprovedFile.Verify(Path.Combine(folder, "expected.txt"), run.Error.Length == 0 ? null : run.Error.Replace(place, "", StringComparison.Ordinal));
        ApprovedFile.Verify(Path.Combine(folder, "merged.yaml"), File.Exists(output) ? (await File.ReadAllTextAsync(output)).Replace(place, "", StringComparison.Ordinal) : null);
        Assert.Equal(run.Exit == ExitCode.Ok, File.Exists(output));
    }

    [Fact]
    public async Task What_was_merged_is_tidy_and_allows_what_both_files_allow()
    {
        var merged = _folder.File("merged.yaml");
        var policy = Path.Combine(Root, "good", "proxy.yaml");
        Assert.Equal(0, (await CliRun.Of("merge-rules", policy, Path.Combine(Root, "good", "rules.yaml"), "-o", merged)).Exit);

        Assert.Equal(0, (await CliRun.Of("fmt", "--check", merged)).Exit);
        foreach (var (request, isAllowed) in new[]
        {
            ("GET https://api.github.com/", true), ("POST https://api.github.com/", false), ("GET https://a.golang.org/", true), ("GET https://10.1.2.3/", true),
            ("POST https://api.example.com/v1/x", true), ("GET https://api.example.com/v2", false), ("GET https://db.example.com:5432/", true), ("GET https://db.example.com/", false),
        })
        {
            var run = await CliRun.Of("explain", merged, "-r", request);
            Assert.True(run.Out.Contains("\nverdict: allowed", StringComparison.Ordinal) == isAllowed, $"{request}: {run}");
        }
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    [InlineData(null)]
    public async Task Warn_mode_is_set_or_left_as_it_is(string? warn)
    {
        var run = await CliRun.Of(["merge-rules", _folder.Write("proxy.yaml", Policy), _folder.Write("rules.yaml", "domains: []"), .. warn is null ? (string[])[] : ["--warn", warn]]);

        Assert.Equal("", run.Error);
        Assert.Contains($"warn: {warn ?? "true"}\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_with_two_allowlists_is_refused()
    {
        var allowlist = "{ name: allowlist, config: { domains: [a.example] } }";
        var run = await CliRun.Of("merge-rules", _folder.Write("proxy.yaml", $"tls: {{ ca_cert: c, ca_key: k }}\ntransforms: [{allowlist}, {allowlist}]\n"), _folder.Write("rules.yaml", "domains: [b.example]"));

        Assert.Equal((1, ""), (run.Exit, run.Out));
        Assert.Contains("it has 2 allowlists, and one is needed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_cannot_leave_its_comment()
    {
        var run = await CliRun.Of("merge-rules", _folder.Write("proxy.yaml", Policy), _folder.Write("a\nwarn: true.yaml", "domains: [b.example]"));

        Assert.Equal(0, run.Exit);
        Assert.Contains("\\nwarn: true.yaml\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resolver_that_is_none_is_a_mistake()
    {
        var run = await CliRun.Of("merge-rules", _folder.Write("proxy.yaml", Policy), _folder.Write("rules.yaml", "domains: [b.example]"), "--upstream-resolver", "a b");

        Assert.Equal((1, ""), (run.Exit, run.Out));
        Assert.Contains("proxy.yaml (merged):", run.Error, StringComparison.Ordinal);
    }
}
