using System.Net.Sockets;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Startup;

/// <summary>How a proxy starts, says that it is well, and ends.</summary>
public sealed class LifeTests : IDisposable
{
    private const string Policy = ExampleProxy.Settings + """
        transforms:
          - name: allowlist
            config:
              domains: ["api.example.com"]
        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_config_is_compiled_by_the_ironc_beside_the_proxy()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await GatewayProcess.StartFromConfigAsync(_folder, Policy);
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nConnection: close\r\n\r\n");
        Assert.EndsWith("ok\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/healthz", "ok\n")]
    [InlineData("/readyz", "ready\n")]
    public async Task Health_checks_answer_on_the_metrics_listener(string path, string body)
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, Policy);
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["metrics"]);
        await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n");

        var answer = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith(body, answer, StringComparison.Ordinal);
        Assert.Empty(proxy.Records);
    }

    [Fact]
    public async Task SIGTERM_ends_it_with_0_and_frees_the_ports()
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, Policy);
        var listener = proxy.Listeners["http"];

        Assert.Equal(0, await proxy.TerminateAsync());
        using var client = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(listener));
    }

    [Fact]
    public async Task SIGTERM_lets_a_request_under_way_finish()
    {
        var arrived = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nfirst");
            arrived.SetResult();
            await go.Task;
            await exchange.WriteAsync("-last");
        });
        await using var proxy = await GatewayProcess.StartAsync(_folder, Policy);
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n\r\n");
        await arrived.Task;
        await client.ReadUntilAsync("first");

        var ending = proxy.TerminateAsync();
        go.SetResult();
        Assert.EndsWith("first-last", await client.ReadUntilAsync("-last"), StringComparison.Ordinal);
        Assert.Equal(0, await ending);
        Assert.Single(proxy.Records);
    }

    [Fact]
    public async Task A_second_SIGTERM_breaks_off_what_is_under_way_and_it_is_recorded()
    {
        var never = new TaskCompletionSource();
        var arrived = new SemaphoreSlim(0);
        await using var upstream = ScriptedUpstream.Start(async _ =>
        {
            arrived.Release();
            await never.Task;
        });
        await using var patient = await GatewayProcess.StartAsync(_folder, Policy);
        await using var hurried = await GatewayProcess.StartAsync(_folder, Policy);
        await using var first = await RawClient.ConnectAsync(patient.Listeners["http"]);
        await using var second = await RawClient.ConnectAsync(hurried.Listeners["http"]);
        foreach (var client in new[] { first, second })
        {
            await client.SendAsync($"GET /held HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n\r\n");
            Assert.True(await arrived.WaitAsync(Patience.Event));
        }

        var ending = patient.TerminateAsync();
        await hurried.SignalAsync("TERM");
        Assert.True(await Patience.UntilAsync(() => RefusesAsync(hurried.Listeners["http"])));
        Assert.Equal(0, await hurried.TerminateAsync());

        Assert.False(ending.IsCompleted); // It gives the request its time.
        Assert.Equal("/held", Assert.Single(hurried.Records).GetProperty("audit").GetProperty("path").GetString());
        Assert.DoesNotContain("HTTP/1.1 200", await second.ReadToEndAsync(), StringComparison.Ordinal);
        never.SetResult();
        Assert.Equal(0, await ending);
    }

    private static async Task<bool> RefusesAsync(System.Net.IPEndPoint listener)
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(listener);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    [Fact]
    public async Task An_intermediate_certificate_is_not_downloaded_from_where_the_upstream_says()
    {
        // An AIA address would be fetched by the platform's default, outside of policy.
        await using var issuer = ScriptedUpstream.Start();
        using var leaf = UpstreamCertificates.BehindMissingIntermediate(_folder.UpstreamCa, "api.example.com", new Uri($"http://127.0.0.1:{issuer.Port}/ca.crt"));
        await using var upstream = ScriptedUpstream.Start(leaf);
        await using var proxy = await GatewayProcess.StartAsync(_folder, Policy);
        using var direct = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(proxy.Listeners["https"], cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = _folder.WorkloadTls("api.example.com"),
        };
        using var client = new HttpClient(direct);

        var answer = await client.GetAsync(new Uri($"https://api.example.com:{upstream.Port}/"));
        Assert.Equal(502, (int)answer.StatusCode);
        Assert.Contains("upstream_tls", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("", issuer.Received);
    }
}
