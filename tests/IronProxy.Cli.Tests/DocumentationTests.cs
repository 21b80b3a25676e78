using System.Text.RegularExpressions;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests;

/// <summary>The pages say what the programs do, or these tests fail.</summary>
public partial class DocumentationTests
{
    public static TheoryData<string> Pages =>
    [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        .. Directory.GetFiles(RepositoryRoot.Combine("docs"), "*.md", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(RepositoryRoot.Path, p)),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Links_lead_to_files_that_exist(string page)
    {
        var path = RepositoryRoot.Combine(page);
        foreach (Match link in Link().Matches(await File.ReadAllTextAsync(path)))
        {
            var target = link.Groups[1].Value.Split('#')[0];
            if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
            {
                Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, target)), $"{page} links to {target}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(HelpTests.Runnable), MemberType = typeof(HelpTests))]
    public async Task Every_command_has_its_section(string command) =>
        Assert.Matches($"(?m)^## ({command}|{command.Replace("prove ", "prove|prove ", StringComparison.Ordinal)})( |$)", await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "cli.md")));

    [Fact]
    public async Task The_mistake_in_the_README_looks_as_it_is_printed()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("proxy.yaml", Policies.FiveMistakes);

        var run = await CliRun.Of("validate", path);

        var readme = await File.ReadAllTextAsync(RepositoryRoot.Combine("README.md"));
        var shown = readme[readme.IndexOf("proxy.yaml:4:3:", StringComparison.Ordinal)..];
        shown = shown[..shown.IndexOf("```", StringComparison.Ordinal)];
        Assert.Contains(shown, run.Error.Replace(path, "proxy.yaml", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explanations_in_cli_md_look_as_they_are_printed()
    {
        var page = await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "cli.md"));
        var section = page[page.IndexOf("## explain ", StringComparison.Ordinal)..page.IndexOf("## test ", StringComparison.Ordinal)];
        using var folder = new TemporaryFolder();
        var path = folder.Write("proxy.yaml", Yaml().Match(section).Groups[1].Value);
        var examples = Example().Matches(section);
        Assert.Equal(3, examples.Count);
        foreach (Match example in examples)
        {
            var args = Argument().Matches(example.Groups[1].Value).Select(a => a.Value.Trim('"', '\'')).ToArray();

            var run = await CliRun.Of([.. args.Select(a => a == "proxy.yaml" ? path : a)]);

            Assert.Equal(WithoutHash(example.Groups[2].Value), WithoutHash(run.Out.Replace(path, "proxy.yaml", StringComparison.Ordinal)));
        }

        static string WithoutHash(string text) => Hash().Replace(text, "sha256:0");
    }

    [Fact]
    public async Task Options_of_a_target_in_cli_md_look_as_they_are_printed()
    {
        var page = await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "cli.md"));
        Assert.Contains($"$ ironc targets compose\n{(await CliRun.Of("targets", "compose")).Out}```", page, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();

    [GeneratedRegex(@"```console\n\$ ironc ([^\n]*)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    // As a shell splits these lines: single quotes hold double ones.
    [GeneratedRegex(@"'[^']*'|""[^""]*""|[^\s'""]+")]
    private static partial Regex Argument();

    [GeneratedRegex("sha256:[0-9a-f]{64}")]
    private static partial Regex Hash();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
