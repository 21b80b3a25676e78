using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands;

/// <summary>Where ironc.yaml is looked for, and what it does to the commands that read it.</summary>
public sealed class SettingsTests : IDisposable
{
    private const string Warns = "tls: {ca_cert: a, ca_key: b}\ntransforms:\n  - name: allowlist\n    config:\n      domains: [api.github.com]\n      warn: true\n";
    private const string Error = "levels: {IRON2033: error}\n";
    private const string Off = "levels: {IRON2033: off}\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_settings_a_warning_is_a_warning()
    {
        var run = await CliRun.Of("validate", _folder.Write("proxy.yaml", Warns));

        Assert.Equal(0, run.Exit);
        Assert.Contains(": warning IRON2033: ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("validate")]
    [InlineData("compile")]
    public async Task Settings_beside_the_policy_hold(string command)
    {
        _folder.Write("ironc.yaml", Error);

        var run = await CliRun.Of(command, _folder.Write("proxy.yaml", Warns));

        Assert.Equal(1, run.Exit);
        Assert.Empty(run.Out);
        Assert.Contains(": error IRON2033: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_above_the_policy_hold_as_far_as_the_repository_goes()
    {
        Directory.CreateDirectory(_folder.File("repository/policies/production"));
        _folder.Write("repository/policies/production/proxy.yaml", Warns);
        _folder.Write("ironc.yaml", Error);
        var path = _folder.File("repository/policies/production/proxy.yaml");

        // Outside of a repository nothing above is looked at.
        Assert.Contains("warning IRON2033", (await CliRun.Of("validate", path)).Error, StringComparison.Ordinal);

        Directory.CreateDirectory(_folder.File("repository/.git"));
        Assert.Contains("warning IRON2033", (await CliRun.Of("validate", path)).Error, StringComparison.Ordinal);

        _folder.Write("repository/ironc.yaml", Off);
        Assert.DoesNotContain("IRON2033", (await CliRun.Of("validate", path)).Error, StringComparison.Ordinal);

        // The nearest holds alone.
        _folder.Write("repository/policies/ironc.yaml", "levels: {}\n");
        Assert.Contains("warning IRON2033", (await CliRun.Of("validate", path)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_are_named_hold_instead()
    {
        _folder.Write("ironc.yaml", Error);
        var named = _folder.Write("lenient.yaml", Off);
        var path = _folder.Write("proxy.yaml", Warns);

        var run = await CliRun.Of("validate", "--strict", "--settings", named, path);

        Assert.Equal(0, run.Exit);
        Assert.DoesNotContain("IRON2033", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await CliRun.Of("validate", "--settings", _folder.File("absent.yaml"), path)).Exit);
    }

    [Fact]
    public async Task Mistakes_in_settings_are_reported_once_and_the_policies_are_still_checked()
    {
        var settings = _folder.Write("ironc.yaml", "levels: {IRON1001: off}\n");
        var one = _folder.Write("one.yaml", Warns);
        var two = _folder.Write("two.yaml", Warns);

        var run = await CliRun.Of("validate", one, two);
        var json = await CliRun.Of("validate", "--json", one);
        var compiled = await CliRun.Of("compile", one);

        Assert.Equal(1, run.Exit);
        Assert.Single(run.Error.Split('\n'), l => l.StartsWith($"{settings}:1:10: error IRON2912: ", StringComparison.Ordinal));
        Assert.Contains($"{two}:6:7: warning IRON2033: ", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, json.Exit);
        Assert.Contains("IRON2912", json.Out, StringComparison.Ordinal);
        Assert.Equal(1, compiled.Exit);
        Assert.EndsWith($"{settings}: 1 error, no plan was written\n", compiled.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_that_is_not_set_is_information_and_one_that_is_set_is_never_printed()
    {
        var path = RepositoryRoot.Combine("samples", "quickstart", "proxy.yaml");

        var run = await CliRun.Of(["validate", "--strict", path], environment: new() { ["OPENAI_API_KEY"] = "canary-value" });

        Assert.Equal(0, run.Exit);
        var finding = Assert.Single(run.Error.Split('\n'), l => l.StartsWith(path, StringComparison.Ordinal));
        Assert.Contains(": info IRON2015: the environment variable INTERNAL_TOKEN is not set here", finding, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", run.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("IRON2015", (await CliRun.Of("compile", path)).Error, StringComparison.Ordinal);
    }
}
