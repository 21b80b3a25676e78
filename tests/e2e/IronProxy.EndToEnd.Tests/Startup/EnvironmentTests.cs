using System.Net;
using System.Text.RegularExpressions;
using IronProxy.EndToEnd.Tests.Management;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.Startup;

/// <summary>Environment variables that change where the proxy stands.</summary>
public sealed partial class EnvironmentTests : IDisposable
{
    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task A_policy_stands_elsewhere_also_behind_a_reload_and_its_plan_and_hash_are_its_own()
    {
        await using var upstream = ScriptedUpstream.Start();
        var elsewhere = ManagedProxy.Policy("api").Replace("http_listen: \"127.0.0.1:0\"", "http_listen: \"192.0.2.1:80\"", StringComparison.Ordinal).Replace("ca.crt", "nowhere.crt", StringComparison.Ordinal);
        var plan = _folder.Compile(elsewhere);
        await using var proxy = await GatewayProcess.StartWithAsync(
            _folder, ["-plan", plan], [.. ManagedProxy.Environment, ("IRON_PROXY_HTTP_LISTEN", "127.0.0.1:0"), ("IRON_TLS_CA_CERT", "ca.crt"), ("IRON_METRICS_LISTEN", "off"), ("IRON_PROXY_TUNNEL_LISTEN", "")]);

        Assert.Equal(IPAddress.Loopback, proxy.Listeners["http"].Address);
        Assert.False(proxy.Listeners.ContainsKey("metrics"));
        Assert.True(proxy.Listeners.ContainsKey("tunnel"));
        Assert.Contains("\"msg\":\"starting\"", proxy.Output, StringComparison.Ordinal);
        Assert.Contains("\"environment\":\"IRON_PROXY_HTTP_LISTEN, IRON_TLS_CA_CERT, IRON_METRICS_LISTEN\"", proxy.Output, StringComparison.Ordinal);
        Assert.Equal(200, await ManagedProxy.AskAsync(proxy, "api", upstream.Port));
        Assert.Equal(await File.ReadAllTextAsync(plan), (await ManagedProxy.CallAsync(proxy, "GET", "/v1/plan")).Body);

        _folder.Compile(elsewhere.Replace("192.0.2.1:80", "192.0.2.2:80", StringComparison.Ordinal).Replace("api.example.com\"]", "other.example.com\"]", StringComparison.Ordinal));
        Assert.Equal(200, (await ManagedProxy.ReloadAsync(proxy)).Status);
        Assert.Equal(403, await ManagedProxy.AskAsync(proxy, "api", upstream.Port));
        Assert.Equal(await File.ReadAllTextAsync(plan), (await ManagedProxy.CallAsync(proxy, "GET", "/v1/plan")).Body);
        var records = await proxy.RecordsSinceAsync(0, 2);
        Assert.NotEqual(records[0].GetProperty("audit").GetProperty("plan_hash").GetString(), records[1].GetProperty("audit").GetProperty("plan_hash").GetString());
    }

    [Fact]
    public async Task A_bad_value_ends_the_start_with_one_sentence_that_names_the_variable()
    {
        var (exit, output, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", _folder.Compile(ManagedProxy.Policy("api"))], [.. ManagedProxy.Environment, ("IRON_PROXY_HTTP_LISTEN", "80")]);
        Assert.Equal((1, ""), (exit, output));
        Assert.Equal("iron-proxy: IRON_PROXY_HTTP_LISTEN cannot be used: proxy.http_listen takes an address with a port, such as :443 or 127.0.0.1:8080, or off.\n", error);
    }

    [Fact]
    public async Task The_help_has_the_list_of_the_reference()
    {
        var (exit, output, _) = await CommandLine.RunAsync(ProxyBinaries.IronProxy, "-help");
        Assert.Equal(0, exit);
        var listed = Line().Matches(output).Select(m => $"| `{m.Groups["name"].Value}` | `{m.Groups["key"].Value}` | {m.Groups["takes"].Value} |");
        var rows = (await File.ReadAllLinesAsync(Repository.Path("docs", "reference", "environment.md"))).Where(l => l.StartsWith("| `IRON_", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(rows);
        Assert.Equal(rows, listed);
    }

    [GeneratedRegex(@"(?m)^  (?<name>IRON_\w+) +(?<key>[a-z_.0-9]+): (?<takes>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
