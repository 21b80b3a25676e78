using System.Net;
using System.Net.Sockets;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.Limits;

/// <summary>Requests that take long, take much, or never end.</summary>
public sealed class RequestLimitTests
{
    private const string UnderWay = "iron_proxy_requests_under_way";

    [Fact]
    public async Task Requests_under_way_are_limited_by_client_and_in_all_and_a_place_is_free_again_afterwards()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await LimitedProxy.StartAsync("requests: 2, requests_per_address: 1");
        using var first = await proxy.SendAsync(Post(upstream, 4));
        await proxy.WaitForMetricAsync(UnderWay, 1);

        Assert.StartsWith("HTTP/1.1 429 ", await AnswerAsync(proxy, Post(upstream, 4)), StringComparison.Ordinal);
        using var second = await proxy.SendAsync(Post(upstream, 4), from: "127.0.0.2");
        await proxy.WaitForMetricAsync(UnderWay, 2);
        Assert.StartsWith("HTTP/1.1 503 ", await AnswerAsync(proxy, Post(upstream, 4), from: "127.0.0.3"), StringComparison.Ordinal);

        await first.SendAsync("body"u8.ToArray());
        await second.SendAsync("body"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 200 ", await LimitedProxy.ReadAsync(first, "ok\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await LimitedProxy.ReadAsync(second, "ok\n"), StringComparison.Ordinal);
        await proxy.WaitForMetricAsync(UnderWay, 0);
        Assert.Equal((1, 1), (await proxy.ReachedAsync("requests"), await proxy.ReachedAsync("requests_per_address")));
        var records = await proxy.Process.RecordsSinceAsync(0, 4);
        Assert.Equal(["proxy_overloaded", "too_many_requests"], records.Select(r => r.GetProperty("audit")).Where(a => a.TryGetProperty("reason", out var _)).Select(a => a.GetProperty("reason").GetString()).Order());
    }

    [Fact]
    public async Task Streams_of_one_HTTP2_connection_count_as_requests()
    {
        var gate = new TaskCompletionSource();
        using var folder = await StartedAsync("requests_per_address: 3");
        await using var upstream = ScriptedUpstream.Start(
            async exchange =>
            {
                await gate.Task;
                await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            },
            folder.Proxy.Folder.UpstreamCertificate(["api.example.com"]));
        using var client = folder.Http2Client();
        var requests = Enumerable.Range(0, 5).Select(_ => client.GetAsync($"https://api.example.com:{upstream.Port}/")).ToArray();
        await folder.Proxy.WaitForMetricAsync("iron_proxy_limits_reached_total{limit=\"requests_per_address\"}", 2);
        gate.SetResult();
        var answers = await Task.WhenAll(requests);

        Assert.Equal([200, 200, 200, 429, 429], answers.Select(a => (int)a.StatusCode).Order());
        await folder.Proxy.WaitForMetricAsync(UnderWay, 0);
    }

    [Theory]
    [InlineData("Content-Length: 10", "")]
    [InlineData("Content-Length: 10", "some")]
    [InlineData("Transfer-Encoding: chunked", "")]
    [InlineData("Transfer-Encoding: chunked", "4\r\nsome\r\n")]
    public async Task A_body_that_stops_is_a_408_and_its_upstream_is_let_go(string framing, string sent)
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await LimitedProxy.StartAsync("idle_timeout: 2s");
        using var client = await proxy.SendAsync($"POST / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n{framing}\r\n\r\n{sent}");

        var answer = await LimitedProxy.ReadAsync(client);

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("body_timeout", answer, StringComparison.Ordinal);
        Assert.Equal(1, await proxy.ReachedAsync("idle_timeout") + await proxy.ReachedAsync("min_body_bytes_per_second")); // Whichever is noticed first.
        var record = Assert.Single(await proxy.Process.RecordsSinceAsync(0, 1));
        Assert.Equal("body_timeout", record.GetProperty("audit").GetProperty("reason").GetString());
        await proxy.WaitForMetricAsync(UnderWay, 0);
    }

    [Fact]
    public async Task A_trickle_below_the_floor_is_a_408_and_one_above_it_goes_on()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = await LimitedProxy.StartAsync("idle_timeout: 2s, min_body_bytes_per_second: 100");
        using var slow = await proxy.SendAsync(Post(upstream, 100_000));
        using var steady = await proxy.SendAsync(Post(upstream, 100_000), from: "127.0.0.2");
        var answer = LimitedProxy.ReadAsync(slow);
        var sent = 0;
        while (!answer.IsCompleted)
        {
            await Task.Delay(100);
            await steady.SendAsync(new byte[1000]);
            sent += 1000;
            try
            {
                await slow.SendAsync("x"u8.ToArray());
            }
            catch (SocketException)
            {
                // The proxy has closed.
            }
        }

        Assert.StartsWith("HTTP/1.1 408 ", await answer, StringComparison.Ordinal);
        Assert.Equal(1, await proxy.ReachedAsync("min_body_bytes_per_second"));
        await steady.SendAsync(new byte[100_000 - sent]);
        Assert.StartsWith("HTTP/1.1 200 ", await LimitedProxy.ReadAsync(steady, "ok\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_let_go_and_recorded()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            var piece = new byte[256 * 1024];
            while (!exchange.Stopping.IsCancellationRequested)
            {
                await exchange.WriteAsync(piece);
            }
        });
        await using var proxy = await LimitedProxy.StartAsync("idle_timeout: 2s, min_body_bytes_per_second: 0");
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(System.Text.Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n\r\n"));

        var record = Assert.Single(await proxy.Process.RecordsSinceAsync(0, 1));
        Assert.Equal("client_stalled", record.GetProperty("audit").GetProperty("outcome").GetString());
        Assert.Equal("allow", record.GetProperty("audit").GetProperty("action").GetString());
        Assert.Equal(1, await proxy.ReachedAsync("idle_timeout"));
        await proxy.WaitForMetricAsync("iron_proxy_open_connections{listener=\"http\"}", 0);
    }

    [Fact]
    public async Task An_HTTP2_body_that_stops_is_a_408_and_its_connection_stays()
    {
        using var started = await StartedAsync("idle_timeout: 2s");
        await using var upstream = ScriptedUpstream.Start(started.Proxy.Folder.UpstreamCertificate(["api.example.com"]));
        using var client = started.Http2Client();
        using var stalled = new HttpRequestMessage(HttpMethod.Post, $"https://api.example.com:{upstream.Port}/")
        {
            Version = HttpVersion.Version20,
            Content = new StalledContent(),
        };

        using var answer = await client.SendAsync(stalled);

        Assert.Equal(HttpStatusCode.RequestTimeout, answer.StatusCode);
        Assert.Contains("body_timeout", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var next = await client.GetAsync($"https://api.example.com:{upstream.Port}/");
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.Equal(1, await started.Proxy.MetricAsync("iron_proxy_open_connections{listener=\"tunnel\"}"));
    }

    private static async Task<Started> StartedAsync(string limits) => new(await LimitedProxy.StartAsync(limits));

    private static async Task<string> AnswerAsync(LimitedProxy proxy, string request, string from = "127.0.0.1")
    {
        using var socket = await proxy.SendAsync(request, from);
        return await LimitedProxy.ReadAsync(socket);
    }

    private static string Post(ScriptedUpstream upstream, int length) =>
        $"POST / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nContent-Length: {length}\r\n\r\n";

    private sealed class Started(LimitedProxy proxy) : IDisposable
    {
        public LimitedProxy Proxy { get; } = proxy;

        public HttpClient Http2Client() => new(new SocketsHttpHandler
        {
            Proxy = new WebProxy($"http://{Proxy.Process.Listeners["tunnel"]}"),
            SslOptions = Proxy.Folder.WorkloadTls("api.example.com"),
        })
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        public void Dispose() => Proxy.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Sends four bytes of ten, and nothing more.</summary>
    private sealed class StalledContent : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("some"u8.ToArray());
            await stream.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(30));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 10;
            return true;
        }
    }
}
