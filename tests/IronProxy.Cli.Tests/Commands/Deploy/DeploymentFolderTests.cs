using IronProxy.Cli.Commands.Deploy;
using IronProxy.Targets.Files;

namespace IronProxy.Cli.Tests.Commands.Deploy;

public sealed class DeploymentFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly DeploymentFolder _folder;

    public DeploymentFolderTests() => _folder = new DeploymentFolder(_temporary.File("deploy"), [".env", "certs/", "Pulumi.*.yaml", "program/node_modules/"]);

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void What_was_written_is_up_to_date_and_can_be_written_again()
    {
        var files = Files(("README.md", "a"), ("scripts/run.sh", "b"));
        _folder.Write(files, force: false);
        _folder.Write(files, force: false);

        Assert.Empty(_folder.Compare(files));
        Assert.Equal("b", File.ReadAllText(In("scripts/run.sh")));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(In("scripts/run.sh")).HasFlag(UnixFileMode.UserExecute));
    }

    [Fact]
    public void A_file_that_is_no_longer_generated_goes()
    {
        _folder.Write(Files(("README.md", "a"), ("old.txt", "b")), force: false);
        _folder.Write(Files(("README.md", "a")), force: false);

        Assert.False(File.Exists(In("old.txt")));
    }

    [Fact]
    public void What_the_user_puts_there_stays_and_is_in_nobodys_way()
    {
        var files = Files(("README.md", "a"));
        _folder.Write(files, force: false);
        Directory.CreateDirectory(In("certs"));
        File.WriteAllText(In("certs/ca.key"), "key");
        File.WriteAllText(In(".env"), "TOKEN=");
        File.WriteAllText(In("Pulumi.production.yaml"), "config: {}");
        Directory.CreateDirectory(In("program/node_modules/a"));
        File.WriteAllText(In("program/node_modules/a/index.js"), "");
        _folder.Write(Files(("README.md", "b")), force: false);

        Assert.True(File.Exists(In("certs/ca.key")) && File.Exists(In(".env")));
        Assert.Equal(["differs  README.md", "differs  deployment.json"], _folder.Compare(files));
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("README.md")]
    [InlineData("scripts/other.sh")]
    [InlineData("certs.txt")]
    [InlineData("Pulumi.yaml")]
    [InlineData("Pulumi.a/b.yaml")]
    [InlineData("node_modules/a.js")]
    public void Work_of_others_is_not_written_over(string path)
    {
        _folder.Write(Files(("README.md", "a"), ("scripts/run.sh", "b")), force: false);
        Directory.CreateDirectory(Path.GetDirectoryName(In(path))!); // It is below the folder.
        File.WriteAllText(In(path), "mine");

        var e = Assert.Throws<CliException>(() => _folder.Write(Files(("README.md", "c")), force: false));
        Assert.Contains($": {path}. Nothing was written", e.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(In(path)));
        Assert.True(File.Exists(In("scripts/run.sh")));
    }

    [Fact]
    public void Force_writes_over_what_is_in_the_way_and_leaves_the_rest()
    {
        _folder.Write(Files(("README.md", "a")), force: false);
        File.WriteAllText(In("README.md"), "mine");
        File.WriteAllText(In("notes.txt"), "mine");
        _folder.Write(Files(("README.md", "b")), force: true);

        Assert.Equal(("b", "mine"), (File.ReadAllText(In("README.md")), File.ReadAllText(In("notes.txt"))));
    }

    [Fact]
    public void A_folder_that_was_there_before_is_not_taken_over()
    {
        Directory.CreateDirectory(_folder.Path);
        File.WriteAllText(In("main.c"), "");

        Assert.Throws<CliException>(() => _folder.Write(Files(("README.md", "a")), force: false));
        Assert.Equal(["main.c"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_comparison_names_what_is_missing_different_foreign_or_of_another_mode()
    {
        var files = Files(("a.txt", "a"), ("b.txt", "b"), ("c.sh", "c"));
        _folder.Write(files, force: false);
        File.Delete(In("a.txt"));
        File.WriteAllText(In("b.txt"), "other");
        File.WriteAllText(In("d.txt"), "");
        string[] expected = ["missing  a.txt", "differs  b.txt", "foreign  d.txt"];
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(In("c.sh"), UnixFileMode.UserRead);
            expected = ["missing  a.txt", "differs  b.txt", "mode     c.sh", "foreign  d.txt"];
        }

        Assert.Equal(expected, _folder.Compare(files));
    }

    [Fact]
    public void A_manifest_that_is_none_is_refused()
    {
        Directory.CreateDirectory(_folder.Path);
        File.WriteAllText(In("deployment.json"), "[]");

        Assert.Contains("is not what ironc wrote", Assert.Throws<CliException>(() => _folder.Write(Files(("a", "a")), force: false)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../precious.txt")]
    [InlineData("a/../../precious.txt")]
    [InlineData("/precious.txt")]
    public void A_manifest_cannot_make_anything_outside_of_the_folder_go(string name)
    {
        var precious = _temporary.Write("precious.txt", "x");
        Directory.CreateDirectory(_folder.Path);
        File.WriteAllText(In("deployment.json"), $$"""{"files": {"{{name}}": "sha256:0"} }""");

        Assert.Throws<CliException>(() => _folder.Write(Files(("a", "a")), force: true));
        Assert.True(File.Exists(precious));
    }

    private string In(string path) => Path.Combine(_folder.Path, path);

    /// <summary>Files with a manifest as the command makes it.</summary>
    private static List<DeploymentFile> Files(params (string Path, string Text)[] files)
    {
        var all = files.Select(f => f.Path.EndsWith(".sh", StringComparison.Ordinal) ? DeploymentFile.OfScript(f.Path, f.Text) : DeploymentFile.OfText(f.Path, f.Text)).ToList();
        var hashes = string.Join(",", all.Select(f => $"\"{f.Path}\":\"{DeploymentManifest.Hash(f.Content.Span)}\""));
        all.Add(DeploymentFile.OfText(DeploymentManifest.FileName, $"{{\"files\":{{{hashes}}}}}"));
        return all;
    }
}
