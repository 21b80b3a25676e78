using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Forwarding;

/// <summary>Requests as they arrive at an upstream: nothing is added, renamed or sent twice.</summary>
public sealed class RequestTests(ExampleProxy example) : ForwardingTest(example)
{
    private const string Close = "Connection: close\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /// <summary>The server gives a head 30 s.</summary>
    [Theory]
    [InlineData("GET / HT")]
    [InlineData("GET / HTTP/1.1\r\nHost: api.example.com\r\nX-Slow: ")]
    public async Task A_head_that_does_not_arrive_in_time_is_a_408_and_recorded(string part)
    {
        var before = HeaderTimeouts();
        await using var client = await SendAsync(part);

        Assert.StartsWith("HTTP/1.1 408 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.True(await Patience.UntilAsync(async () =>
        {
            await Example.Proxy.FenceAsync();
            return HeaderTimeouts() > before;
        }));

        int HeaderTimeouts() => Example.Proxy.Records.Count(r => Member(r.GetProperty("audit"), "reason") == "header_timeout");
    }

    [Theory]
    [InlineData("GET", "Content-Type: application/json\r\n")]
    [InlineData("HEAD", "Content-Type: application/json\r\n")]
    [InlineData("DELETE", "Content-Type: application/json\r\n")]
    [InlineData("POST", "Content-Type: application/json\r\n")]
    [InlineData("PUT", "")]
    [InlineData("PATCH", "")]
    public async Task No_length_is_added_to_a_request_without_a_body(string method, string headers)
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync(Ok));
        await AskAsync(Request(upstream, method, "/", headers + Close));
        Assert.DoesNotContain("Content-Length", upstream.Received, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Transfer-Encoding", upstream.Received, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_length_of_zero_stays()
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync(Ok));
        await AskAsync(Request(upstream, "POST", "/", "Content-Length: 0\r\n" + Close));
        Assert.Contains("\r\nContent-Length: 0\r\n", upstream.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_of_one_name_stay_lines()
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync(Ok));
        await AskAsync(Request(upstream, "GET", "/", "X-a: 1\r\nX-a: 2\r\nx-UPPER: 3\r\n" + Close));
        Assert.Contains("\r\nX-a: 1\r\nX-a: 2\r\nx-UPPER: 3\r\n", upstream.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Expect: 200-ok\r\n")]
    [InlineData("Expect: 100-continue, x\r\n")]
    [InlineData("Expect: 100-continue\r\nExpect: 100-continue\r\n")]
    public async Task An_expectation_that_is_not_understood_is_refused(string expect)
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync(Ok));
        var answer = await AskAsync(Request(upstream, "POST", "/", expect + "Content-Length: 4\r\n") + "body");
        Assert.StartsWith("HTTP/1.1 417 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"unsupported_expectation\"", answer, StringComparison.Ordinal);
        Assert.Equal(0, upstream.Connections);
        AssertRecord(await RecordAsync(upstream.Port), "reject", "refused", "417", "absent", "unsupported_expectation");
    }

    [Fact]
    public async Task A_client_whose_upstream_never_says_100_is_asked_for_its_body_all_the_same()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.ReadBodyAsync();
            await exchange.WriteAsync(Ok);
        });
        await using var client = await SendAsync(Request(upstream, "POST", "/", "Expect: 100-continue\r\nContent-Length: 4\r\n" + Close));
        await client.ReadUntilAsync("HTTP/1.1 100 Continue\r\n\r\n");
        await client.SendAsync("body");
        await client.ReadUntilAsync("\r\n\r\nok");
        Assert.EndsWith("\r\n\r\nbody", upstream.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("413 Content Too Large", true)]
    [InlineData("401 Unauthorized", true)]
    [InlineData("403 Forbidden", false)]
    public async Task An_answer_that_comes_before_the_upload_was_read_goes_on(string status, bool closes)
    {
        var answered = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync($"HTTP/1.1 {status}\r\nContent-Length: 4\r\n{(closes ? "Connection: close\r\n" : "")}\r\nwhy?");
            if (!closes)
            {
                await answered.Task.WaitAsync(Patience.Event); // It reads no more.
            }
        });

        // More than fits into the buffers on the way.
        await using var client = await SendAsync(Request(upstream, "POST", "/", $"Content-Length: {32 * 1024 * 1024}\r\n"));
        var upload = UploadAsync(client);
        var answer = await client.ReadUntilAsync("why?");
        answered.SetResult();
        Assert.StartsWith($"HTTP/1.1 {status[..3]} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        AssertRecord(await RecordAsync(upstream.Port), "allow", "delivered", status[..3], status[..3]);
        await client.DisposeAsync();
        await upload;
    }

    [Fact]
    public async Task A_response_may_begin_while_the_upload_goes_on()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            var body = await exchange.ReadBodyAsync();
            await exchange.WriteAsync($"{body.Length:x}\r\n{body}\r\n0\r\n\r\n");
        });
        await using var client = await SendAsync(Request(upstream, "POST", "/", "Content-Length: 8\r\n") + "half");
        await client.ReadUntilAsync("HTTP/1.1 200 ");
        await client.SendAsync("full");
        await client.ReadUntilAsync("8\r\nhalffull\r\n0\r\n\r\n");
        AssertRecord(await RecordAsync(upstream.Port), "allow", "delivered", "200", "200");
    }

    [Theory]
    [InlineData("a_.example.com")]
    [InlineData("_a.example.com")]
    [InlineData("example._tcp")]
    public async Task A_label_may_begin_with_an_underscore(string host)
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync(Ok));
        var answer = await AskAsync(Request(upstream, "GET", "/", Close, host));
        Assert.DoesNotContain("HTTP/1.1 500 ", answer, StringComparison.Ordinal);
        Assert.Contains(Member(await RecordAsync(upstream.Port), "reason"), (string[])["absent", "upstream_unresolved", "host_not_allowed"]);
    }

    private static async Task UploadAsync(Streaming.RawClient client)
    {
        var piece = new string('x', 64 * 1024);
        try
        {
            for (var i = 0; i < 512; i++)
            {
                await client.SendAsync(piece);
            }
        }
        catch (IOException)
        {
            // The proxy has answered and closed.
        }
        catch (ObjectDisposedException)
        {
            // The test has its answer.
        }
    }
}
