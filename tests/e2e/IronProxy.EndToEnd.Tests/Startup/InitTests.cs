using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Startup;

/// <summary><c>iron-proxy init</c> below a prefix; BaremetalSystemdTests runs it for real.</summary>
public sealed class InitTests : IDisposable
{
    private readonly string _prefix = Directory.CreateTempSubdirectory("iron-e2e-init-").FullName;

    public void Dispose() => Directory.Delete(_prefix, recursive: true);

    [Fact]
    public async Task One_command_writes_a_policy_its_deployment_and_what_that_installs()
    {
        var (exit, output, error) = await InitAsync("-allow", "api.openai.com, *.github.com", "-user", "agent", "-prefix", _prefix);

        Assert.True(exit == 0, output + error);
        var (valid, _, findings) = await CommandLine.RunAsync(ProxyBinaries.Ironc, "validate", In("etc/iron-proxy/proxy.yaml"));
        Assert.True(valid == 0, findings);
        var (_, explained, _) = await CommandLine.RunAsync(ProxyBinaries.Ironc, "explain", In("etc/iron-proxy/proxy.yaml"), "--request", "GET https://uploads.github.com/");
        Assert.Contains("\nverdict: allowed ", explained, StringComparison.Ordinal);
        Assert.Contains("-config /etc/iron-proxy/proxy.yaml", await File.ReadAllTextAsync(In("etc/systemd/system/iron-proxy.service")), StringComparison.Ordinal);
        Assert.Contains("names=(agent)", await File.ReadAllTextAsync(In("usr/local/sbin/iron-proxy-firewall")), StringComparison.Ordinal);
        Assert.True(File.Exists(In("opt/iron-proxy/bin/iron-proxy")));
    }

    [Fact]
    public async Task A_policy_that_is_there_is_kept()
    {
        Directory.CreateDirectory(In("etc/iron-proxy"));
        await File.WriteAllTextAsync(In("etc/iron-proxy/proxy.yaml"), "mine\n");

        var (exit, _, error) = await InitAsync("-allow", "api.openai.com", "-prefix", _prefix);

        Assert.Equal((1, true), (exit, error.Contains("exists and is not overwritten", StringComparison.Ordinal)));
        Assert.Equal("mine\n", await File.ReadAllTextAsync(In("etc/iron-proxy/proxy.yaml")));
    }

    [Fact]
    public async Task What_does_not_compile_leaves_nothing_behind()
    {
        var (exit, _, _) = await InitAsync("-allow", "*.*", "-prefix", _prefix);

        Assert.Equal(1, exit);
        Assert.Empty(Directory.GetFiles(_prefix, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("give -allow")]
    [InlineData("-allow needs a value", "-allow")]
    [InlineData("'a b' is no host", "-allow", "a b")]
    [InlineData("-firewall takes", "-allow", "a.example", "-firewall", "pf")]
    [InlineData("unknown argument 'now'", "now")]
    public async Task Wrong_usage_is_named(string expected, params string[] arguments)
    {
        var (exit, _, error) = await InitAsync(arguments);

        Assert.Equal(2, exit);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output, string Error)> InitAsync(params string[] arguments) =>
        CommandLine.RunAsync(ProxyBinaries.IronProxy, ["init", .. arguments]);

    private string In(string path) => Path.Combine(_prefix, path);
}
