using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using IronProxy.Runtime.Protocols.WebSocket;
using IronProxy.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace IronProxy.Runtime.Tests.WebSockets;

/// <summary>WebSockets of .NET's client through the proxy to ASP.NET's server, both over HTTP/1.1 and HTTP/2.</summary>
public sealed class WebSocketTests : WebSocketConversation, IAsyncLifetime
{
    private const string Real = "the-real-value";
    private const string Placeholder = "proxy-token";

    private const string Transforms = """
        [{ name: allowlist, config: { rules: [{ host: upstream.test, methods: [GET], paths: [/open/*, /refused] }] } },
                     { name: secrets, config: { secrets: [{ source: { type: env, var: KEY }, replace: { proxy_value: proxy-token, match_headers: [Authorization] }, rules: [{ host: upstream.test }] }] } },
                     { name: header_allowlist, config: { headers: [Authorization, /^sec-websocket-/] , rules: [{ host: upstream.test }] } }]
        """;

    /// <summary>.NET's client does not wait for the body of a refusal, and may leave before its end.</summary>
    private static readonly string[] DeliveredOrLeft = ["delivered", "client_left"];

    private readonly TaskCompletionSource<string?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _deaf = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _authorization;
    private TlsWorld _world = null!; // Set before each test.

    public async Task InitializeAsync() => _world = await TlsWorld.StartAsync(Upstream, Transforms, environment: Variable);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData("1.1", 101, false)]
    [InlineData("2.0", 200, false)]
    [InlineData("1.1", 101, true)]
    [InlineData("2.0", 200, true)]
    public async Task Messages_go_both_ways_and_the_request_that_opens_it_has_its_record(string version, int status, bool compressed)
    {
        using var client = Client(version);
        client.Options.AddSubProtocol("chat");
        client.Options.SetRequestHeader("Authorization", $"Bearer {Placeholder}");
        client.Options.DangerousDeflateOptions = compressed ? new WebSocketDeflateOptions() : null;
        await ConnectAsync(client, "/open/echo?x=1");

        // It is written when it opens, and does not wait for its end.
        var record = Assert.Single(await _world.RecordsAsync(1));
        var audit = record.GetProperty("audit");
        Assert.Equal(
            ("GET", "/open/echo", "allow", "opened", "websocket", status, 101),
            (audit.GetProperty("method").GetString(), audit.GetProperty("path").GetString(), audit.GetProperty("action").GetString(), audit.GetProperty("outcome").GetString(),
                audit.GetProperty("upgrade").GetString(), audit.GetProperty("status").GetInt32(), audit.GetProperty("upstream_status").GetInt32()));
        Assert.Equal("chat", client.SubProtocol);
        Assert.Equal($"Bearer {Real}", _authorization);
        Assert.DoesNotContain(Real, record.ToString(), StringComparison.Ordinal);

        foreach (var text in new[] { "one", "two", new string('x', 100_000) })
        {
            Assert.Equal(text, await EchoAsync(client, text));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "enough", Late);
        Assert.Equal("NormalClosure enough", await _ended.Task.WaitAsync(Patience.Event));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Many_bytes_arrive_whole_when_both_sides_send_at_once(string version)
    {
        using var client = Client(version);
        await ConnectAsync(client, "/open/echo");
        var bytes = RandomNumberGenerator.GetBytes(1 << 20);
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 16; i++)
            {
                await client.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, Late);
            }
        });
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(bytes, await ReceiveAsync(client));
        }

        await sending;
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_denied_one_is_a_denied_request(string version)
    {
        using var client = Client(version);
        client.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(client, "/closed"));

        Assert.Equal(HttpStatusCode.Forbidden, client.HttpStatusCode);
        var audit = Assert.Single(await _world.RecordsAsync(1)).GetProperty("audit");
        Assert.Equal(("reject", "request_not_allowed", "websocket"), (audit.GetProperty("action").GetString(), audit.GetProperty("reason").GetString(), audit.GetProperty("upgrade").GetString()));
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    [InlineData("1.1", true)]
    [InlineData("2.0", true)]
    public async Task Where_values_are_taken_out_of_responses_one_is_noted_or_refused(string version, bool strict)
    {
        var scrubbing = Transforms.Replace("rules: [{ host: upstream.test }] }] }", $"rules: [{{ host: upstream.test }}], scrub_responses: true, scrub_strict: {(strict ? "true" : "false")} }}] }}", StringComparison.Ordinal);
        await using var world = await TlsWorld.StartAsync(Upstream, scrubbing, environment: Variable);
        using var client = Client(version);
        client.Options.CollectHttpResponseDetails = true;
        if (strict)
        {
            await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(client, "/open/echo", world));
            Assert.Equal(HttpStatusCode.BadGateway, client.HttpStatusCode);
        }
        else
        {
            await ConnectAsync(client, "/open/echo", world);
            Assert.Equal("one", await EchoAsync(client, "one"));
        }

        var record = Assert.Single(await world.RecordsAsync(1));
        var audit = record.GetProperty("audit");
        Assert.Equal(strict ? "response_unscrubbable" : null, audit.TryGetProperty("reason", out var reason) ? reason.GetString() : null);
        Assert.Equal(strict ? "upstream_failed" : "opened", audit.GetProperty("outcome").GetString());
        Assert.Equal("websocket", record.GetProperty("response_transforms")[0].GetProperty("annotations").GetProperty("unscrubbed").GetString());
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_refusal_of_the_upstream_is_an_ordinary_response(string version)
    {
        using var client = Client(version);
        client.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(client, "/refused"));

        Assert.Equal(HttpStatusCode.Unauthorized, client.HttpStatusCode);
        Assert.Equal(["Bearer"], client.HttpResponseHeaders!["WWW-Authenticate"]); // They were collected.
        var audit = Assert.Single(await _world.RecordsAsync(1)).GetProperty("audit");
        Assert.Equal(("allow", 401), (audit.GetProperty("action").GetString(), audit.GetProperty("status").GetInt32()));
        Assert.Contains(audit.GetProperty("outcome").GetString(), DeliveredOrLeft);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Another_policy_judges_it_again_and_nothing_of_the_one_before_is_held_by_it(string version)
    {
        using var client = Client(version);
        await ConnectAsync(client, "/open/echo");
        var same = await _world.Server.SwapAsync(TlsWorld.Compile(Transforms), CancellationToken.None);
        await same.Drained.WaitAsync(Patience.Event);
        Assert.Equal("still", await EchoAsync(client, "still"));

        var other = await _world.Server.SwapAsync(TlsWorld.Compile(Transforms.Replace("/open/*", "/other/*", StringComparison.Ordinal)), CancellationToken.None);
        await other.TunnelsEnded.WaitAsync(Patience.Event);
        await Assert.ThrowsAsync<WebSocketException>(() => ReceiveAsync(client));
        await _ended.Task.WaitAsync(Patience.Event);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task An_open_one_keeps_its_place_among_the_requests_of_its_client(string version)
    {
        await using var world = await TlsWorld.StartAsync(Upstream, Transforms, environment: Variable, limits: "{ requests_per_address: 1 }");
        using (var open = Client(version))
        {
            await ConnectAsync(open, "/open/echo", world);
            using var second = Client(version);
            second.Options.CollectHttpResponseDetails = true;
            await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(second, "/open/echo", world));
            Assert.Equal(HttpStatusCode.TooManyRequests, second.HttpStatusCode);
        }

        Assert.True(await Patience.UntilAsync(async () =>
        {
            using var later = Client(version);
            try
            {
                await ConnectAsync(later, "/open/echo", world);
                return true;
            }
            catch (WebSocketException)
            {
                return false; // The end of the first is on its way.
            }
        }));
    }

    [Fact]
    public async Task One_that_leads_into_a_network_that_is_denied_by_now_is_ended()
    {
        using var client = Client("1.1");
        await ConnectAsync(client, "/open/echo");
        var plan = TlsWorld.Compile(Transforms);
        var swap = await _world.Server.SwapAsync(plan with { Upstream = plan.Upstream with { DenyCidrs = ["127.0.0.0/8"] } }, CancellationToken.None);
        await swap.TunnelsEnded.WaitAsync(Patience.Event);
        await Assert.ThrowsAsync<WebSocketException>(() => ReceiveAsync(client));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task The_end_of_one_side_is_the_end_of_the_other(string version)
    {
        using (var client = Client(version))
        {
            await ConnectAsync(client, "/open/echo");
            Assert.Equal("here", await EchoAsync(client, "here"));
            client.Abort();
            await _ended.Task.WaitAsync(Patience.Event);
        }

        using var second = Client(version);
        await ConnectAsync(second, "/open/abort");
        await second.SendAsync(Encoding.UTF8.GetBytes("now"), WebSocketMessageType.Text, endOfMessage: true, Late);
        await Assert.ThrowsAsync<WebSocketException>(() => ReceiveAsync(second));
    }

    [Theory]
    [InlineData("1.1", 101)]
    [InlineData("2.0", 200)]
    public async Task An_upstream_that_speaks_http2_alone_is_asked_over_it(string version, int status)
    {
        await using var world = await TlsWorld.StartAsync(Upstream, Transforms, environment: Variable, protocols: HttpProtocols.Http2);
        using var client = Client(version);
        client.Options.AddSubProtocol("chat");
        client.Options.SetRequestHeader("Authorization", $"Bearer {Placeholder}");
        await ConnectAsync(client, "/open/echo", world);
        Assert.Equal("chat", client.SubProtocol);
        Assert.Equal($"Bearer {Real}", _authorization);
        foreach (var text in new[] { "one", new string('x', 100_000) })
        {
            Assert.Equal(text, await EchoAsync(client, text));
        }

        var audit = Assert.Single(await world.RecordsAsync(1)).GetProperty("audit");
        Assert.Equal(("opened", status, 101), (audit.GetProperty("outcome").GetString(), audit.GetProperty("status").GetInt32(), audit.GetProperty("upstream_status").GetInt32()));

        // Its connection is its own, with an address that is known.
        var plan = TlsWorld.Compile(Transforms);
        var swap = await world.Server.SwapAsync(plan with { Upstream = plan.Upstream with { DenyCidrs = ["127.0.0.0/8"] } }, CancellationToken.None);
        await swap.TunnelsEnded.WaitAsync(Patience.Event);
        await Assert.ThrowsAsync<WebSocketException>(() => ReceiveAsync(client));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_refusal_over_http2_is_an_ordinary_response_too(string version)
    {
        await using var world = await TlsWorld.StartAsync(Upstream, Transforms, environment: Variable, protocols: HttpProtocols.Http2);
        using var client = Client(version);
        client.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(client, "/refused", world));

        Assert.Equal(HttpStatusCode.Unauthorized, client.HttpStatusCode);
        var audit = Assert.Single(await world.RecordsAsync(1)).GetProperty("audit");
        Assert.Equal(401, audit.GetProperty("status").GetInt32());
        Assert.Contains(audit.GetProperty("outcome").GetString(), DeliveredOrLeft);
    }

    [Fact]
    public async Task The_end_of_the_client_reaches_an_upstream_over_http2()
    {
        await using var world = await TlsWorld.StartAsync(Upstream, Transforms, environment: Variable, protocols: HttpProtocols.Http2);
        using var client = Client("1.1");
        await ConnectAsync(client, "/open/echo", world);
        Assert.Equal("here", await EchoAsync(client, "here"));
        client.Abort();
        await _ended.Task.WaitAsync(Patience.Event);
    }

    [Fact]
    public async Task Another_upgrade_is_a_plain_request()
    {
        using var client = new HttpClient(_world.CreateHandler()) { Timeout = Patience.Event };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://upstream.test:{_world.UpstreamPort}/open/echo")
        {
            Version = HttpVersion.Version11,
            Headers = { Connection = { "Upgrade" }, Upgrade = { new ProductHeaderValue("other") } },
        };
        using var response = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode); // The upstream's answer to what asks for nothing.
        Assert.False(Assert.Single(await _world.RecordsAsync(1)).GetProperty("audit").TryGetProperty("upgrade", out _));
    }

    [Fact]
    public void The_answer_to_a_key_is_that_of_the_standard()
    {
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketHandshake.AnswerTo("dGhlIHNhbXBsZSBub25jZQ==")); // RFC 6455, 1.3.
        Assert.True(WebSocketHandshake.IsKey("dGhlIHNhbXBsZSBub25jZQ=="));
        Assert.True(WebSocketHandshake.IsKey(WebSocketHandshake.CreateKey()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ")]
    [InlineData("dGhlIHNhbXBsZSBub25j ZQ==")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ=\n")]
    [InlineData("dGhlIHNhbXBsZSBub25jZWFh")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==")]
    public void What_is_no_key_opens_nothing(string? key) => Assert.False(WebSocketHandshake.IsKey(key));

    private static string? Variable(string name) => name == "KEY" ? Real : null;

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    [InlineData("1.1", true)]
    public async Task One_whose_upstream_takes_nothing_ends_when_its_client_breaks_off(string version, bool inspected)
    {
        await using var world = await TlsWorld.StartAsync(Upstream, Transforms, environment: Variable, limits: inspected ? "{ requests: 1 }\nwebsocket: { inspect: true }" : "{ requests: 1 }");
        Socket? socket = null;
        var handler = world.CreateHandler();
        var connect = handler.ConnectCallback!; // The world's own.
        handler.ConnectCallback = async (context, cancellation) =>
        {
            var stream = await connect(context, cancellation);
            socket = ((NetworkStream)stream).Socket;
            return stream;
        };
        using var client = Client(version);
        await ConnectAsync(client, "/open/deaf", world, handler);
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            var bytes = new byte[64 * 1024];
            while (true)
            {
                await client.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, Late);
                Interlocked.Increment(ref sent);
            }
        });

        // Nothing tells that nothing moves any more but that nothing has moved for a while. When that was too early, the client's end is seen as ever.
        var (before, still) = (0, 0);
        Assert.True(await Patience.UntilAsync(() =>
        {
            var now = Volatile.Read(ref sent);
            (before, still) = (now, now == before ? still + 1 : 0);
            return Task.FromResult(still == 10);
        }));
        socket!.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
        client.Abort(); // Over HTTP/2 a sender that waits for a window was seen to wait on when its socket was closed.
        await Assert.ThrowsAnyAsync<Exception>(() => sending);

        using var next = new HttpClient(world.CreateHandler());
        Assert.True(await Patience.UntilAsync(async () =>
        {
            using var response = await next.GetAsync(new Uri($"https://upstream.test:{world.UpstreamPort}/open/plain"));
            return response.StatusCode == HttpStatusCode.BadRequest; // The upstream's answer: there is a place again.
        }));
        _deaf.SetResult();
    }

    private void Upstream(WebApplication app)
    {
        app.UseWebSockets();
        app.Run(ServeAsync);
    }

    private Task ConnectAsync(ClientWebSocket client, string path) => ConnectAsync(client, path, _world);

    private async Task ServeAsync(HttpContext http)
    {
        if (http.Request.Path == "/refused")
        {
            http.Response.StatusCode = 401;
            http.Response.Headers.WWWAuthenticate = "Bearer";
            await http.Response.WriteAsync("who are you?");
            return;
        }

        if (!http.WebSockets.IsWebSocketRequest)
        {
            http.Response.StatusCode = 400;
            return;
        }

        _authorization = http.Request.Headers.Authorization;
        using var socket = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = http.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(), DangerousEnableCompression = true });
        try
        {
            if (http.Request.Path == "/open/deaf")
            {
                await _deaf.Task;
                return;
            }

            var buffer = new byte[64 * 1024];
            while (await socket.ReceiveAsync(buffer.AsMemory(), http.RequestAborted) is { MessageType: not WebSocketMessageType.Close } received)
            {
                if (http.Request.Path == "/open/abort")
                {
                    http.Abort();
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, http.RequestAborted);
            }

            _ended.TrySetResult($"{socket.CloseStatus} {socket.CloseStatusDescription}");
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, http.RequestAborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ConnectionAbortedException)
        {
            _ended.TrySetResult(null);
        }
    }
}
