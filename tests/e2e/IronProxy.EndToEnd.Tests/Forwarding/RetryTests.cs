using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.Forwarding;

/// <summary>What is sent once more, and what is not, when a kept connection breaks under a request.</summary>
public sealed class RetryTests(ExampleProxy example) : ForwardingTest(example)
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData("GET", true, "200")]
    [InlineData("GET", false, "200")]
    [InlineData("HEAD", true, "200")]
    [InlineData("OPTIONS", true, "200")]
    [InlineData("PUT", true, "200")]
    [InlineData("DELETE", true, "200")]
    [InlineData("POST", true, "502")]
    [InlineData("POST", false, "502")]
    [InlineData("PATCH", true, "502")]
    public async Task A_request_that_may_be_repeated_is_repeated_once(string method, bool reset, string status)
    {
        await using var upstream = BreakingUpstream(reset);
        await using var client = await SendAsync(Request(upstream, "GET", "/first"));
        await client.ReadUntilAsync("\r\n\r\nok");

        await client.SendAsync(Request(upstream, method, "/second", "Connection: close\r\n"));
        var answer = (await client.ReadToEndAsync())["HTTP/1.1".Length..];
        Assert.Contains($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(status == "200" ? 2 : 1, Count(upstream.Received, $"{method} /second "));
    }

    [Theory]
    [InlineData("Content-Length: 4\r\n", "body")]
    [InlineData("Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\n\r\n")]
    public async Task A_body_is_never_sent_twice(string framing, string body)
    {
        await using var upstream = BreakingUpstream(reset: true);
        await using var client = await SendAsync(Request(upstream, "GET", "/first"));
        await client.ReadUntilAsync("\r\n\r\nok");

        await client.SendAsync(Request(upstream, "PUT", "/second", framing + "Connection: close\r\n") + body);
        Assert.Contains("\"reason\":\"upstream_closed\"", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(1, Count(upstream.Received, "PUT /second "));
    }

    [Fact]
    public async Task A_request_on_a_new_connection_is_not_repeated()
    {
        await using var upstream = ScriptedUpstream.Start(exchange =>
        {
            exchange.Reset();
            return Task.CompletedTask;
        });
        Assert.Contains("\"reason\":\"upstream_closed\"", await AskAsync(Request(upstream, "GET", "/", "Connection: close\r\n")), StringComparison.Ordinal);
        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task A_response_that_has_begun_is_not_asked_for_again()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync(Ok);
            await exchange.ReadHeadAsync();
            await exchange.WriteAsync("HTTP/1.1 200");
        });
        await using var client = await SendAsync(Request(upstream, "GET", "/first"));
        await client.ReadUntilAsync("\r\n\r\nok");
        await client.SendAsync(Request(upstream, "GET", "/second", "Connection: close\r\n"));
        Assert.Contains("\"reason\":\"upstream_protocol\"", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(1, upstream.Connections);
    }

    /// <summary>Answers the first request of a test, breaks the connection at the second, and answers on any other connection.</summary>
    private static ScriptedUpstream BreakingUpstream(bool reset)
    {
        var broken = 0;
        return ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync(Ok);
            if (Interlocked.Increment(ref broken) == 1 && await exchange.ReadHeadAsync() && reset)
            {
                exchange.Reset();
            }
        });
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
