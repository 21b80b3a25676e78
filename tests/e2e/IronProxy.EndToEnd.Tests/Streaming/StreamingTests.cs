using System.IO.Compression;
using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Streaming;

public sealed class StreamingTests(ExampleProxy example) : IClassFixture<ExampleProxy>
{

    [Fact]
    public async Task A_slow_response_arrives_piece_by_piece()
    {
        var firstSeen = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nfirst\r\n");
            await firstSeen.Task.WaitAsync(Patience.Event);
            await exchange.WriteAsync("6\r\nsecond\r\n0\r\n\r\n");
        });
        await using var client = await SendAsync(Get(upstream, "/"));

        var first = await client.ReadUntilAsync("first");
        Assert.DoesNotContain("second", first, StringComparison.Ordinal);
        firstSeen.SetResult();
        Assert.Contains("second", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_reaches_the_upstream_before_it_is_complete()
    {
        var firstSeen = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            var seen = "";
            while (!seen.Contains("first", StringComparison.Ordinal))
            {
                seen += await exchange.ReadPieceAsync();
            }

            firstSeen.SetResult();
            while (!seen.EndsWith("0\r\n\r\n", StringComparison.Ordinal))
            {
                seen += await exchange.ReadPieceAsync();
            }

            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone");
        });
        await using var client = await SendAsync(Request(upstream, "POST", "/", "Transfer-Encoding: chunked\r\n") + "5\r\nfirst\r\n");

        await firstSeen.Task.WaitAsync(Patience.Event);
        await client.SendAsync("6\r\nsecond\r\n0\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\ndone");
        Assert.Contains("second", upstream.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_expects_100_is_told_to_continue_when_the_upstream_says_so()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await exchange.ReadBodyAsync();
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        });
        await using var client = await SendAsync(Request(upstream, "POST", "/", "Content-Length: 4\r\nExpect: 100-continue\r\n"));

        await client.ReadUntilAsync("HTTP/1.1 100 Continue\r\n\r\n");
        await client.SendAsync("body");
        await client.ReadUntilAsync("\r\n\r\nok");
        Assert.Contains("Expect: 100-continue", upstream.Received, StringComparison.Ordinal);
        Assert.EndsWith("body", upstream.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_final_answer_instead_of_100_comes_back_without_the_body_being_sent()
    {
        await using var upstream = ScriptedUpstream.Start(exchange =>
            exchange.WriteAsync("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        await using var client = await SendAsync(Request(upstream, "POST", "/", "Content-Length: 5000\r\nExpect: 100-continue\r\n"));

        var answer = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 417 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_keeps_the_length_and_has_no_body()
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 42\r\nConnection: close\r\n\r\n"));
        await using var client = await SendAsync(Request(upstream, "HEAD", "/", "Connection: close\r\n"));

        var answer = await client.ReadToEndAsync();
        Assert.Contains("Content-Length: 42\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("204 No Content")]
    [InlineData("304 Not Modified")]
    public async Task Answers_without_a_body_stay_without(string status)
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync($"HTTP/1.1 {status}\r\nETag: \"x\"\r\nConnection: close\r\n\r\n"));
        await using var client = await SendAsync(Get(upstream, "/"));

        var answer = await client.ReadToEndAsync();
        Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
        Assert.Contains("ETag: \"x\"", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Transfer-Encoding", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_compressed_response_passes_untouched()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync("some text"u8.ToArray());
        }

        var bytes = packed.ToArray();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {bytes.Length}\r\nConnection: close\r\n\r\n");
            await exchange.WriteAsync(bytes);
        });
        await using var client = await SendAsync(Get(upstream, "/"));

        var answer = await client.ReadToEndAsync();
        Assert.Contains("Content-Encoding: gzip\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith(Encoding.Latin1.GetString(bytes), answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_and_cookies_are_the_workload_s_business()
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync(
            "HTTP/1.1 302 Found\r\nLocation: http://other.example.com/\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        await using var client = await SendAsync(Get(upstream, "/"));

        var answer = await client.ReadToEndAsync();
        Assert.Contains("Location: http://other.example.com/", answer, StringComparison.Ordinal);
        Assert.Contains("Set-Cookie: a=1\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Set-Cookie: b=2\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_away_takes_its_upstream_request_with_it()
    {
        var arrived = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nstart");
            arrived.SetResult();
            try
            {
                await exchange.DrainAsync();
            }
            finally
            {
                ended.SetResult();
            }
        });
        var client = await SendAsync(Get(upstream, "/"));
        await client.ReadUntilAsync("start");
        await arrived.Task.WaitAsync(Patience.Event);

        client.Abort();
        await ended.Task.WaitAsync(Patience.Event);
    }

    [Fact]
    public async Task A_response_that_is_cut_is_not_completed()
    {
        var firstSeen = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nstart\r\n");
            await firstSeen.Task.WaitAsync(Patience.Event);
        });
        await using var client = await SendAsync(Get(upstream, "/"));

        await client.ReadUntilAsync("start");
        firstSeen.SetResult();
        var answer = await client.ReadToEndAsync();
        Assert.DoesNotContain("\r\n0\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upstream_that_does_not_begin_to_answer_is_given_up()
    {
        using var folder = ProxyFolder.Create();
        await using var proxy = await GatewayProcess.StartAsync(folder, ExampleProxy.Settings.Replace(
            "proxy:\n", "proxy:\n  upstream_response_header_timeout: \"500ms\"\n", StringComparison.Ordinal) + """
            transforms:
              - name: allowlist
                config:
                  domains: ["api.example.com"]
            """);
        await using var upstream = ScriptedUpstream.Start(e => Task.Delay(Patience.Event, e.Stopping));
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        await client.SendAsync(Get(upstream, "/"));

        await client.ReadUntilAsync("\"reason\":\"upstream_timeout\"");
        Assert.StartsWith("HTTP/1.1 504 ", client.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upstream_that_speaks_something_else_is_reported()
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync("220 mail.example.com ESMTP\r\n"));
        await using var client = await SendAsync(Get(upstream, "/"));

        await client.ReadUntilAsync("\"reason\":\"upstream_protocol\"");
        Assert.StartsWith("HTTP/1.1 502 ", client.Received, StringComparison.Ordinal);
    }

    private static string Get(ScriptedUpstream upstream, string path) => Request(upstream, "GET", path, "Connection: close\r\n");

    private static string Request(ScriptedUpstream upstream, string method, string path, string headers) =>
        $"{method} {path} HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n{headers}\r\n";

    private async Task<RawClient> SendAsync(string request)
    {
        var client = await RawClient.ConnectAsync(example.Proxy.Listeners["http"]);
        await client.SendAsync(request);
        return client;
    }
}
