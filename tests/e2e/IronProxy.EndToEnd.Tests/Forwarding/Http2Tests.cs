using System.Net;
using System.Net.Sockets;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Forwarding;

/// <summary>HTTP/2 on both sides.</summary>
public sealed class Http2Tests(ExampleProxy example) : ForwardingTest(example)
{
    [Theory]
    [InlineData(nameof(Http2Reaction.Refuse))]
    [InlineData(nameof(Http2Reaction.GoAway))]
    public async Task A_request_without_a_body_that_was_not_processed_is_sent_once_more(string reaction)
    {
        await using var upstream = Start(n => n == 1 ? Enum.Parse<Http2Reaction>(reaction) : Http2Reaction.Answer);
        using var client = Client();
        using var request = Request(upstream, HttpMethod.Post, content: null);
        using var response = await client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, 2), (response.StatusCode, upstream.Requests));
        AssertRecord(await RecordAsync(upstream.Port), "allow", "delivered", "200", "200");
    }

    [Theory]
    [InlineData(nameof(Http2Reaction.Refuse))]
    [InlineData(nameof(Http2Reaction.GoAway))]
    public async Task A_body_that_was_partly_read_is_never_sent_again(string reaction)
    {
        await using var upstream = Start(n => n == 1 ? Enum.Parse<Http2Reaction>(reaction) : Http2Reaction.Answer);
        using var client = Client();
        using var content = new WaitingContent();
        using var request = Request(upstream, HttpMethod.Post, content);
        var answer = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var response = await answer.WaitAsync(Patience.Event);
        content.Release();

        // Whether the refusal or the end of the upload is noticed first is a matter of time.
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(1, upstream.Requests);
        Assert.InRange(upstream.BodyBytes, 0, WaitingContent.Beginning.Length);
        var audit = await RecordAsync(upstream.Port);
        Assert.Contains(Member(audit, "reason"), (string[])["upstream_unprocessed", "upstream_closed"]);
        AssertRecord(audit, "reject", "upstream_failed", "502", "absent", Member(audit, "reason"));
    }

    /// <summary>Whether the head has gone out when that is seen is a matter of time. It is never whole for the client, and never its fault or ours.</summary>
    [Theory]
    [InlineData(nameof(Http2Reaction.SendMore), "upstream_protocol")]
    [InlineData(nameof(Http2Reaction.SendFewer), "upstream_closed")]
    [InlineData(nameof(Http2Reaction.SayTwoLengths), "upstream_protocol")]
    [InlineData(nameof(Http2Reaction.SayNegativeLength), "upstream_protocol")]
    [InlineData(nameof(Http2Reaction.SayLengthBehind), "upstream_protocol")]
    public async Task A_body_of_another_length_than_its_head_says_is_not_delivered(string reaction, string reason)
    {
        await using var upstream = Start(_ => Enum.Parse<Http2Reaction>(reaction));
        using var client = Client();
        using var request = Request(upstream, HttpMethod.Get, content: null);
        try
        {
            using var response = await client.SendAsync(request).WaitAsync(Patience.Event);
            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        }
        catch (HttpRequestException)
        {
            // It was cut off.
        }

        var audit = await RecordAsync(upstream.Port);
        Assert.Contains(
            $"{Member(audit, "outcome")} {Member(audit, "reason")}", (string[])[$"upstream_failed {reason}", "cut_off absent"]);
    }

    [Fact]
    public async Task A_client_that_waits_for_the_head_before_it_sends_its_body_is_not_kept_waiting()
    {
        await using var upstream = Start(_ => Http2Reaction.AnswerAtOnce);
        using var client = Client();
        using var content = new WaitingContent();
        using var request = Request(upstream, HttpMethod.Post, content);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience.Event);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        content.Release();
        Assert.Equal("", await response.Content.ReadAsStringAsync().WaitAsync(Patience.Event));
        AssertRecord(await RecordAsync(upstream.Port), "allow", "delivered", "200", "200");
    }

    [Fact]
    public async Task Trailers_of_an_upstream_that_speaks_http_1_1_are_passed_on_but_those_of_its_connection()
    {
        await using var upstream = ScriptedUpstream.Start(
            e => e.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: close\r\n\r\n"),
            Example.Folder.UpstreamCertificate(["api.example.com"]));
        using var client = Client();
        using var request = Request(upstream.Port, HttpMethod.Get, content: null);
        using var response = await client.SendAsync(request).WaitAsync(Patience.Event);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        Assert.Equal(["x-sum"], response.TrailingHeaders.Select(t => t.Key));
        AssertRecord(await RecordAsync(upstream.Port), "allow", "delivered", "200", "200");
    }

    private Http2Upstream Start(Func<int, Http2Reaction> react) => new(Example.Folder.UpstreamCertificate(["api.example.com"]), react);

    private static HttpRequestMessage Request(Http2Upstream upstream, HttpMethod method, HttpContent? content) => Request(upstream.Port, method, content);

    private static HttpRequestMessage Request(int port, HttpMethod method, HttpContent? content) =>
        new(method, $"https://api.example.com:{port}/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };

    private HttpClient Client() => new(new SocketsHttpHandler
    {
        SslOptions = Example.Folder.WorkloadTls("api.example.com"),
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(Example.Proxy.Listeners["https"], cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    /// <summary>A body whose beginning is sent at once, and its end when the test says so.</summary>
    private sealed class WaitingContent : HttpContent
    {
        public static readonly byte[] Beginning = "begin"u8.ToArray();

        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _end.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Beginning);
            await stream.FlushAsync();
            await _end.Task.WaitAsync(Patience.Event);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
