using System.Diagnostics;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Metrics;

/// <summary>What /metrics says after some requests, read by Prometheus' own client.</summary>
public sealed class MetricsTests : IDisposable
{
    private const string Policy = ExampleProxy.Settings + """
        transforms:
          - name: allowlist
            config:
              domains: ["api.example.com"]
          - name: secrets
            config:
              secrets:
                - source: {type: env, var: API_KEY}
                  allow_plaintext: true
                  replace: {proxy_value: placeholder-key, match_headers: [Authorization]}
                  rules: [{host: api.example.com}]
        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Requests_are_counted_by_listener_action_and_reason_and_never_by_what_they_say()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await GatewayProcess.StartAsync(_folder, Policy, ("API_KEY", "the-real-key"));
        string[] requests =
        [
            $"POST /one HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nAuthorization: placeholder-key\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody",
            $"GET /two HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: denied-host.test\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: api.example.com:1\r\nConnection: close\r\n\r\n",
        ];
        foreach (var request in requests)
        {
            await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
            await client.SendAsync(request);
            await client.ReadToEndAsync();
        }

        await proxy.RecordsSinceAsync(0, requests.Length);
        await using var waiting = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        var (head, text) = await ScrapeAsync(proxy);
        await Patience.UntilAsync(async () =>
        {
            // The kernel accepts before the proxy does.
            (head, text) = await ScrapeAsync(proxy);
            return text.Contains("iron_proxy_open_connections{listener=\"http\"} 1\n", StringComparison.Ordinal);
        });

        var samples = await ReadAsync(text);

        Assert.Contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", head, StringComparison.Ordinal);
        Assert.Equal("2", samples["iron_proxy_requests_total{action=allow,listener=http}"]);
        Assert.Equal("3", samples["iron_proxy_requests_total{action=reject,listener=http}"]); // With the fence behind the records.
        Assert.Equal("0", samples["iron_proxy_requests_total{action=allow,listener=https}"]);
        Assert.Equal("1", samples["iron_proxy_refusals_total{reason=host_not_allowed}"]);
        Assert.Equal("1", samples["iron_proxy_upstream_errors_total{reason=upstream_unreachable}"]);
        Assert.Equal("1", samples["iron_proxy_open_connections{listener=http}"]);
        Assert.Equal("4", samples["iron_proxy_body_bytes_total{direction=request}"]);
        Assert.Equal("6", samples["iron_proxy_body_bytes_total{direction=response}"]);
        Assert.Equal("1", samples["iron_proxy_secrets_used_total{}"]);
        Assert.Contains(samples.Keys, k => k.StartsWith("iron_proxy_plan_info{compiler=ironc 0.1.0,policy_hash=sha256:", StringComparison.Ordinal));
        Assert.All((string[])["process_resident_memory_bytes{}", "process_start_time_seconds{}", "process_cpu_seconds_total{}"], name => Assert.NotEqual("0", samples[name]));
        Assert.DoesNotContain("example.com", text, StringComparison.Ordinal);
        Assert.DoesNotContain("denied-host", text, StringComparison.Ordinal);
        Assert.DoesNotContain("real-key", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_gets_them_from_a_port_of_workloads()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, Policy, ("API_KEY", "the-real-key"));
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        await client.SendAsync("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 403 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    private static async Task<(string Head, string Body)> ScrapeAsync(GatewayProcess proxy)
    {
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["metrics"]);
        await client.SendAsync("GET /metrics HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n");
        var answer = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (answer[..(end + 2)], answer[(end + 4)..]);
    }

    private static async Task<Dictionary<string, string>> ReadAsync(string text)
    {
        const string Python = "/usr/bin/python3"; // Debian's, which Debian's packages are for.
        Skip.IfNot(Directory.Exists("/usr/lib/python3/dist-packages/prometheus_client") && File.Exists(Python), "prometheus_client is not installed (Debian: python3-prometheus-client)");
        var start = new ProcessStartInfo(Python, [Repository.Path("tests", "e2e", "judges", "prometheus.py")]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!; // It is there.
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToDictionary(l => l[..l.LastIndexOf(' ')], l => l[(l.LastIndexOf(' ') + 1)..]);
    }
}
