using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Secrets;

/// <summary>A proxy with one secret, that it reads from a store and puts into requests.</summary>
internal sealed class SourceProxy : IAsyncDisposable
{
    private readonly GatewayProcess _proxy;
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Start();

    private SourceProxy(GatewayProcess proxy) => _proxy = proxy;

    /// <summary>What the proxy has written.</summary>
    public string Output => _proxy.Output;

    public static string Policy(string source) => ExampleProxy.Settings + $$"""
        log: { level: "debug" }
        transforms:
          - name: allowlist
            config: { domains: ["api.example.com"] }
          - name: secrets
            config:
              secrets:
                - source: {{source}}
                  allow_plaintext: true
                  inject: { header: "X-Key" }
                  rules: [{ host: "api.example.com" }]

        """;

    public static async Task<SourceProxy> StartAsync(ProxyFolder folder, string source, params IEnumerable<(string Name, string Value)> environment) =>
        new(await GatewayProcess.StartAsync(folder, Policy(source), environment));

    /// <summary>Starts it through a shell that may mount what nobody else sees.</summary>
    public static async Task<SourceProxy> StartInShellAsync(ProxyFolder folder, string before, string source, params IEnumerable<(string Name, string Value)> environment) =>
        new(await GatewayProcess.StartAsAsync(folder, ["unshare", "-m", "sh", "-ec", $"{before}; exec {ProxyBinaries.IronProxy} -plan {folder.Compile(Policy(source))}"], environment));

    /// <summary>The number of its process.</summary>
    public int Id => _proxy.Id;

    /// <summary>A start that must fail, with one sentence.</summary>
    public static Task<string> FailAsync(ProxyFolder folder, string source, params IEnumerable<(string Name, string Value)> environment) => FailWithAsync(folder, Policy(source), environment);

    /// <summary>A start with a policy that must fail, with one sentence.</summary>
    public static async Task<string> FailWithAsync(ProxyFolder folder, string yaml, IEnumerable<(string Name, string Value)> environment)
    {
        var (exit, output, error) = await ProxyLauncher.RunAsync(folder, ["-plan", folder.Compile(yaml)], environment);
        Assert.True(exit == 1, $"exit status {exit}: {error}");
        Assert.Equal("", output);
        Assert.StartsWith("iron-proxy: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain("canary", error, StringComparison.Ordinal);
        return error;
    }

    /// <summary>Sends requests until one has the value.</summary>
    public Task AssertSentAsync(string value) => AssertAsync(() => _upstream.Received.Contains($"X-Key: {value}\r\n", StringComparison.Ordinal), $"a request with {value}");

    /// <summary>Sends requests until the log says something.</summary>
    public Task AssertLoggedAsync(string part) => AssertAsync(() => Output.Contains(part, StringComparison.Ordinal), $"a line with '{part}'");

    private async Task AssertAsync(Func<bool> isSo, string what) => Assert.True(
        await Patience.UntilAsync(async () =>
        {
            await using var client = await RawClient.ConnectAsync(_proxy.Listeners["http"]);
            await client.SendAsync($"GET / HTTP/1.1\r\nHost: api.example.com:{_upstream.Port}\r\nConnection: close\r\n\r\n");
            Assert.EndsWith("ok\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
            return isSo();
        }),
        $"There was not {what}: {Output}");

    /// <summary>Ends it, and looks for what nobody may see.</summary>
    public async Task StopAsync()
    {
        Assert.Equal(0, await _proxy.TerminateAsync());
        Assert.DoesNotContain("canary", Output, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _upstream.DisposeAsync();
    }
}
