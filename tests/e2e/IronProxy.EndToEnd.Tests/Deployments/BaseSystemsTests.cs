using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>eng/base-systems.sh, with an mmdebstrap that writes down how it was called.</summary>
public sealed class BaseSystemsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("iron-systems-").FullName;

    public BaseSystemsTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "bin"));
        SetMmdebstrap("""
            #!/bin/sh
            for archive; do :; done
            echo "$*" >> "$CALLS"
            sleep 0.2
            echo "$*" > "$archive"
            """);
        File.Copy(Repository.Path("eng", "base-systems.sh"), Script);
        File.WriteAllText(Calls, "");
    }

    private string Script => Path.Combine(_folder, "base-systems.sh");

    private string Calls => Path.Combine(_folder, "calls");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task They_are_made_once_and_the_machine_from_the_base()
    {
        var first = await MakeAsync();
        Assert.Equal(first, await MakeAsync());
        var calls = await File.ReadAllLinesAsync(Calls);
        Assert.Equal(2, calls.Length);
        Assert.Contains("--variant=minbase", calls[0], StringComparison.Ordinal);
        Assert.Contains("base.tar' | tar", calls[1], StringComparison.Ordinal);
        Assert.Equal(["SHA256SUMS", "base.tar", "machine.tar"], Directory.GetFiles(first).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_many_at_once_one_makes_them()
    {
        var folders = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => MakeAsync()));
        Assert.Single(folders.Distinct());
        Assert.Equal(2, (await File.ReadAllLinesAsync(Calls)).Length);
    }

    [Fact]
    public async Task Other_packages_or_another_release_are_made_beside_them()
    {
        var first = await MakeAsync();
        var script = await File.ReadAllTextAsync(Script);
        foreach (var (text, other) in new[] { ("release=trixie", "release=forky"), ("base=(", "base=(jq "), ("machine=(", "machine=(jq ") })
        {
            Assert.Contains($"\n{text}", script, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Script, script.Replace($"\n{text}", $"\n{other}", StringComparison.Ordinal));
            Assert.NotEqual(first, await MakeAsync());
        }

        Assert.Equal(8, (await File.ReadAllLinesAsync(Calls)).Length);
        Assert.True(Directory.Exists(first));
    }

    [Fact]
    public async Task What_is_damaged_is_made_again_and_what_was_not_used_for_long_is_removed()
    {
        var folder = await MakeAsync();
        var old = Directory.CreateDirectory(Path.Combine(_folder, "cache", "old")).FullName;
        Directory.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-9));
        await File.WriteAllTextAsync(Path.Combine(folder, "machine.tar"), "damaged");

        Assert.Equal(folder, await MakeAsync());
        Assert.Equal(4, (await File.ReadAllLinesAsync(Calls)).Length);
        Assert.NotEqual("damaged", await File.ReadAllTextAsync(Path.Combine(folder, "machine.tar")));
        Assert.False(Directory.Exists(old));
    }

    [Fact]
    public async Task A_failure_is_told_and_leaves_nothing_behind()
    {
        SetMmdebstrap("#!/bin/sh\necho 'E: no network' >&2\nexit 1\n");
        var (exit, output, error) = await RunAsync();
        Assert.Equal((1, ""), (exit, output));
        Assert.Contains("E: no network", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_folder, "cache")));
    }

    private void SetMmdebstrap(string script)
    {
        var path = Path.Combine(_folder, "bin", "mmdebstrap");
        File.WriteAllText(path, script);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<string> MakeAsync()
    {
        var (exit, output, error) = await RunAsync();
        Assert.True(exit == 0, error);
        return output.Trim();
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync() => CommandLine.RunAsync(
        "env", $"CALLS={Calls}", $"IRON_TEST_CACHE={Path.Combine(_folder, "cache")}", $"PATH={_folder}/bin:{Environment.GetEnvironmentVariable("PATH")}", "bash", Script);
}
