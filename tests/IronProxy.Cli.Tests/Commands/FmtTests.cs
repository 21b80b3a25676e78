using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands;

public sealed class FmtTests : IDisposable
{
    private const string Untidy = "log: {level: 'debug'} # loud\ntls: {ca_key: k, ca_cert: c}\ntransforms: [{name: allowlist, config: {domains: [a.example]}}]\n";

    private const string Tidy =
        """
        tls:
          ca_cert: c
          ca_key: k

        transforms:
          - name: allowlist
            config:
              domains: ["a.example"]

        log: # loud
          level: debug

        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_is_rewritten_in_place_and_keeps_its_mode()
    {
        var path = _folder.Write("proxy.yaml", Untidy);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        var run = await CliRun.Of("fmt", path);

        Assert.Equal((0, "", $"{path}: formatted\n"), (run.Exit, run.Out, run.Error));
        Assert.Equal(Tidy, await File.ReadAllTextAsync(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task What_a_link_leads_to_is_rewritten_and_the_link_stays()
    {
        var path = _folder.Write("proxy.yaml", Untidy);
        var link = _folder.File("link.yaml");
        File.CreateSymbolicLink(link, path);

        await CliRun.Of("fmt", link);

        Assert.Equal(path, File.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName);
        Assert.Equal(Tidy, await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task A_formatted_file_is_not_touched()
    {
        var path = _folder.Write("proxy.yaml", Tidy);
        var time = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, time);

        var run = await CliRun.Of("fmt", path);

        Assert.Equal((0, "", ""), (run.Exit, run.Out, run.Error));
        Assert.Equal(time, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public async Task Check_lists_the_files_that_would_change_and_changes_nothing()
    {
        var untidy = _folder.Write("untidy.yaml", Untidy);
        var tidy = _folder.Write("tidy.yaml", Tidy);

        var run = await CliRun.Of("fmt", "--check", untidy, tidy);

        Assert.Equal((1, $"{untidy}\n", ""), (run.Exit, run.Out, run.Error));
        Assert.Equal(Untidy, await File.ReadAllTextAsync(untidy));
        Assert.Equal(0, (await CliRun.Of("fmt", "--check", tidy)).Exit);
    }

    [Fact]
    public async Task Standard_input_goes_to_standard_output()
    {
        var run = await CliRun.Of(["fmt", "-"], Untidy);

        Assert.Equal((0, Tidy, ""), (run.Exit, run.Out, run.Error));
    }

    [Fact]
    public async Task A_file_with_errors_is_reported_and_stays_as_it_is_and_the_others_are_formatted()
    {
        var bad = _folder.Write("bad.yaml", Policies.FiveMistakes);
        var good = _folder.Write("good.yaml", Untidy);

        var run = await CliRun.Of("fmt", bad, _folder.File("missing.yaml"), good);

        Assert.Equal(1, run.Exit);
        Assert.Contains($"{bad}:4:3: error IRON1001:", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{bad}: 5 errors, so it stays as it is\n", run.Error, StringComparison.Ordinal);
        Assert.Equal(Policies.FiveMistakes, await File.ReadAllTextAsync(bad));
        Assert.Equal(Tidy, await File.ReadAllTextAsync(good));
    }

    [Fact]
    public async Task A_file_that_cannot_be_parsed_gives_nothing_on_standard_output()
    {
        var run = await CliRun.Of(["fmt", "-"], "tls: {");

        Assert.Equal(1, run.Exit);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Every_sample_is_formatted()
    {
        var run = await CliRun.Of("fmt", "--check", RepositoryRoot.Combine("samples") + "/**/proxy.yaml");

        Assert.True(run.Exit == 0, run.ToString());
    }
}
