using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Streaming;

/// <summary>A client that has sent all that it wants to send is still there for the answer.</summary>
public sealed class HalfCloseTests(ExampleProxy example) : IClassFixture<ExampleProxy>
{
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone";

    [Theory]
    [InlineData("GET", "", "")]
    [InlineData("POST", "Content-Length: 4\r\n", "body")]
    [InlineData("POST", "Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\n\r\n")]
    public async Task The_answer_comes_to_a_client_that_sends_no_more(string method, string headers, string body)
    {
        var ended = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await ended.Task.WaitAsync(Patience.Event);
            if (body.Length > 0)
            {
                await exchange.ReadBodyAsync();
            }

            await exchange.WriteAsync(Answer);
        });
        await using var client = await RawClient.ConnectAsync(example.Proxy.Listeners["http"]);
        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n{headers}\r\n{body}");
        client.EndSending();
        ended.SetResult();

        var answer = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\ndone", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_that_were_sent_before_the_end_are_all_answered()
    {
        await using var upstream = ScriptedUpstream.Start(exchange => exchange.WriteAsync(Answer));
        await using var client = await RawClient.ConnectAsync(example.Proxy.Listeners["http"]);
        var request = $"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n\r\n";
        await client.SendAsync(request + request);
        client.EndSending();

        var answer = await client.ReadToEndAsync();
        Assert.Equal(2, answer.Split("\r\n\r\ndone").Length - 1);
    }

    [Fact]
    public async Task A_head_that_is_cut_ends_the_connection_and_leaves_one_record()
    {
        var mark = await example.Proxy.MarkAsync();
        await using var client = await RawClient.ConnectAsync(example.Proxy.Listeners["http"]);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: api.exam");
        client.EndSending();

        await client.ReadToEndAsync();
        var record = Assert.Single(await example.Proxy.RecordsSinceAsync(mark, 1));
        Assert.Equal("malformed_request", record.GetProperty("audit").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_reset_behind_the_end_is_a_client_that_is_gone()
    {
        var arrived = new TaskCompletionSource();
        var gone = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            arrived.SetResult();
            await exchange.DrainAsync();
            gone.SetResult();
        });
        var client = await RawClient.ConnectAsync(example.Proxy.Listeners["http"]);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\n\r\n");
        client.EndSending();
        await arrived.Task.WaitAsync(Patience.Event);

        client.Abort();
        await gone.Task.WaitAsync(Patience.Event);
    }
}
