using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Forwarding;

/// <summary>Responses, byte by byte: what the client gets, what the record says, and what becomes of the upstream's connection.</summary>
public sealed class ResponseTests(ExampleProxy example) : ForwardingTest(example)
{
    private const string Close = "Connection: close\r\n";

    [Fact]
    public async Task The_head_does_not_wait_for_the_body()
    {
        var seen = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            await seen.Task.WaitAsync(Patience.Event);
            await exchange.WriteAsync("5\r\nevent\r\n0\r\n\r\n");
        });
        await using var client = await SendAsync(Request(upstream, "GET", "/", Close));

        var head = await client.ReadUntilAsync("\r\n\r\n");
        Assert.DoesNotContain("event\r\n", head, StringComparison.Ordinal);
        seen.SetResult();
        Assert.Contains("5\r\nevent\r\n0\r\n\r\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
        AssertRecord(await RecordAsync(upstream.Port), "allow", "delivered", "200", "200");
    }

    [Theory]
    [InlineData("GET", "204 No Content", "Content-Length: 11\r\n", "", "absent")]
    [InlineData("GET", "204 No Content", "Content-Length: 5\r\n", "bytes", "absent")]
    [InlineData("GET", "204 No Content", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "absent")]
    [InlineData("GET", "205 Reset Content", "Content-Length: 5\r\n", "bytes", "0")]
    [InlineData("GET", "205 Reset Content", "", "bytes", "0")]
    [InlineData("GET", "304 Not Modified", "Content-Length: 5\r\n", "bytes", "5")]
    [InlineData("GET", "304 Not Modified", "", "bytes", "absent")]
    [InlineData("HEAD", "200 OK", "Content-Length: 5\r\n", "bytes", "5")]
    [InlineData("HEAD", "200 OK", "Transfer-Encoding: chunked\r\n", "5\r\nbytes\r\n0\r\n\r\n", "absent")]
    public async Task An_answer_that_has_no_body_is_sent_without(string method, string status, string headers, string bytes, string length)
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync($"HTTP/1.1 {status}\r\nETag: \"x\"\r\n{headers}\r\n{bytes}");
            await exchange.DrainAsync();
        });

        var answer = await AskAsync(Request(upstream, method, "/", Close));
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nETag: \"x\"\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(length, Header(answer, "Content-Length"));
        Assert.DoesNotContain("bytes", answer, StringComparison.Ordinal);
        AssertRecord(await RecordAsync(upstream.Port), "allow", "delivered", status[..3], status[..3]);
    }

    [Fact]
    public async Task Bytes_behind_a_response_are_never_the_next_response()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            var first = exchange.RequestLine.Contains("/first", StringComparison.Ordinal);
            await exchange.WriteAsync($"HTTP/1.1 {(first ? "304 Not Modified" : "200 OK")}\r\nContent-Length: 5\r\n\r\n{(first ? "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen" : "whole")}");
            await exchange.DrainAsync();
        });

        await AskAsync(Request(upstream, "GET", "/first", Close));
        var second = await AskAsync(Request(upstream, "GET", "/second", Close));
        Assert.EndsWith("\r\n\r\nwhole", second, StringComparison.Ordinal);
        Assert.Equal(2, upstream.Connections);
    }

    [Fact]
    public async Task What_comes_unasked_on_a_kept_connection_ends_it()
    {
        var sent = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
            if (!sent.Task.IsCompleted)
            {
                await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen");
                await exchange.DrainAsync(); // Returns when the proxy closes.
                sent.SetResult();
            }
        });

        Assert.EndsWith("first", await AskAsync(Request(upstream, "GET", "/", Close)), StringComparison.Ordinal);
        await sent.Task.WaitAsync(Patience.Event);
        Assert.EndsWith("first", await AskAsync(Request(upstream, "GET", "/", Close)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 0 x\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 99 x\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\nraw")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 0\n\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("220 mail.example.com ESMTP\r\n")]
    public async Task What_is_no_response_is_a_502_and_its_connection_is_closed(string bytes)
    {
        var closed = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync(bytes);
            if (!bytes.EndsWith("Le", StringComparison.Ordinal))
            {
                await exchange.DrainAsync();
            }

            closed.SetResult();
        });

        var answer = await AskAsync(Request(upstream, "GET", "/", Close));
        Assert.StartsWith("HTTP/1.1 502 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"upstream_protocol\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("raw", answer, StringComparison.Ordinal);
        await closed.Task.WaitAsync(Patience.Event);
        AssertRecord(await RecordAsync(upstream.Port), "reject", "upstream_failed", "502", "absent", "upstream_protocol");
    }

    [Theory]
    [InlineData("", false, "absent")]
    [InlineData("", true, "absent")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", false, "absent")]
    public async Task An_upstream_that_breaks_off_before_its_response_is_a_502(string bytes, bool reset, string upstreamStatus)
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync(bytes);
            if (reset)
            {
                exchange.Reset();
            }
        });

        var answer = await AskAsync(Request(upstream, "GET", "/", Close));
        Assert.StartsWith("HTTP/1.1 502 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"upstream_closed\"", answer, StringComparison.Ordinal);
        AssertRecord(await RecordAsync(upstream.Port), "reject", "upstream_failed", "502", upstreamStatus, "upstream_closed");
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nstart", "")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nstart\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nstart\r\n", "malformed")]
    public async Task An_upstream_that_breaks_off_in_the_middle_was_let_through_and_is_seen_to_break(string start, string rest)
    {
        var seen = new TaskCompletionSource();
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\n" + start);
            await seen.Task.WaitAsync(Patience.Event);
            await exchange.WriteAsync(rest);
        });
        await using var client = await SendAsync(Request(upstream, "GET", "/"));
        await client.ReadUntilAsync("start");
        seen.SetResult();

        var answer = await client.ReadToEndAsync();
        Assert.DoesNotContain("\r\n0\r\n", answer, StringComparison.Ordinal);
        AssertRecord(await RecordAsync(upstream.Port), "allow", "cut_off", "200", "200");
    }

    [Fact]
    public async Task A_client_that_leaves_during_the_response_was_let_through()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nstart");
            await exchange.DrainAsync();
        });
        var client = await SendAsync(Request(upstream, "GET", "/"));
        await client.ReadUntilAsync("start");
        client.Abort();
        AssertRecord(await RecordAsync(upstream.Port), "allow", "client_left", "200", "200");
    }

    [Fact]
    public async Task Trailers_follow_the_body()
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"));

        var answer = await AskAsync(Request(upstream, "GET", "/", Close));
        Assert.EndsWith("\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n", answer, StringComparison.Ordinal);
    }

    /// <summary>The server's own buffers have 4 KiB, what was read of the upstream up to 64.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4080)]
    [InlineData(4096)]
    [InlineData(8191)]
    [InlineData(20_000)]
    [InlineData(60_000)]
    public async Task A_chunk_of_any_size_may_come_with_the_head(int size)
    {
        var text = new string('x', size);
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync(
            $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}\r\n{text}\r\n0\r\nX-Sum: 1\r\n\r\n"));

        var answer = await AskAsync(Request(upstream, "GET", "/", Close));
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(size, answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..].Count(c => c == 'x'));
        Assert.EndsWith("\r\n0\r\nX-Sum: 1\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interim_responses_come_before_the_final_one()
    {
        await using var upstream = ScriptedUpstream.Start(e => e.WriteAsync(
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));

        var answer = await AskAsync(Request(upstream, "GET", "/", Close));
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nok", answer, StringComparison.Ordinal);
    }

    private static string Header(string answer, string name) =>
        answer.Split("\r\n").FirstOrDefault(l => l.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..] ?? "absent";
}
