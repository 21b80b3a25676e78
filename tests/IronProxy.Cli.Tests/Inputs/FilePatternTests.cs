using IronProxy.Cli.Inputs;

namespace IronProxy.Cli.Tests.Inputs;

public sealed class FilePatternTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FilePatternTests()
    {
        foreach (var file in new[] { "b.yaml", "a.yaml", "a.yml", ".hidden.yaml", "team/c.yaml", "team/deep/d.yaml", ".git/e.yaml", "what?.yaml" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!); // It lies in the folder.
            _folder.Write(file, "");
        }

        Directory.CreateSymbolicLink(_folder.File("team/up"), _folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("*.yaml", "a.yaml b.yaml what?.yaml")]
    [InlineData("?.y*ml", "a.yaml a.yml b.yaml")]
    [InlineData("**/*.yaml", "a.yaml b.yaml team/c.yaml team/deep/d.yaml what?.yaml")]
    [InlineData("**/**/d.yaml", "team/deep/d.yaml")]
    [InlineData("team/**", "team/c.yaml team/deep/d.yaml")]
    [InlineData("*/*.yaml", "team/c.yaml")]
    [InlineData("t*/d*/*", "team/deep/d.yaml")]
    [InlineData(".*.yaml", ".hidden.yaml")]
    [InlineData(".git/*.yaml", ".git/e.yaml")]
    [InlineData("what?.yaml", "what?.yaml")]
    [InlineData("*.json", "")]
    [InlineData("nowhere/*.yaml", "")]
    public void A_pattern_is_the_files_that_match_sorted(string pattern, string files) =>
        Assert.Equal(
            files.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(f => $"{_folder.Path}/{f}"),
            FilePattern.Expand($"{_folder.Path}/{pattern}"));

    [Theory]
    [InlineData("-")]
    [InlineData("no such file.yaml")]
    [InlineData("/absolute")]
    public void What_is_no_pattern_names_itself(string argument) => Assert.Equal([argument], FilePattern.Expand(argument));

    [Fact]
    public async Task A_pattern_that_matches_nothing_is_a_mistake_in_the_command_line()
    {
        var run = await CliRun.Of("validate", _folder.File("*.json"));

        Assert.Equal(2, run.Exit);
        Assert.Contains($"No file matches '{_folder.File("*.json")}'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_named_twice_is_checked_once()
    {
        var path = _folder.Write("a.yaml", Policies.Good);

        var run = await CliRun.Of("validate", path, _folder.File("a.y?ml"), "--format", "junit");

        Assert.Contains("tests=\"1\"", run.Out, StringComparison.Ordinal);
    }
}
