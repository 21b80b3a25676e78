using System.Net;
using System.Net.WebSockets;
using System.Text;
using IronProxy.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace IronProxy.Runtime.Tests.WebSockets;

/// <summary>WebSockets whose messages are inspected: an upstream that echoes gets the real value, and its client the placeholder back.</summary>
public sealed class InspectedWebSocketTests : WebSocketConversation, IAsyncLifetime
{
    private const string Real = "the-\"real\"-value";
    private const string Placeholder = "proxy-token";

    private const string Transforms = """
        [{ name: allowlist, config: { rules: [{ host: upstream.test, methods: [GET] }] } },
                     { name: secrets, config: { secrets: [{ source: { type: env, var: KEY }, replace: { proxy_value: proxy-token, match_body: true }, rules: [{ host: upstream.test, paths: [/secret/*] }], scrub_responses: true, scrub_strict: true }] } }]
        """;

    private const string Inspect = "\nwebsocket: { inspect: true }";

    private readonly List<string> _seen = [];
    private string? _extensions;
    private TlsWorld _world = null!; // Set before each test.

    public async Task InitializeAsync() => _world = await StartAsync(Transforms + Inspect);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData("1.1", HttpProtocols.Http1)]
    [InlineData("2.0", HttpProtocols.Http1)]
    [InlineData("1.1", HttpProtocols.Http2)]
    [InlineData("2.0", HttpProtocols.Http2)]
    public async Task The_upstream_has_the_value_and_the_client_the_placeholder(string version, HttpProtocols protocols)
    {
        await using var world = await StartAsync(Transforms + Inspect, protocols);
        using var client = Client(version);
        client.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        await ConnectAsync(client, "/secret/echo", world);
        Assert.Null(_extensions);

        var json = $$"""{"token":"{{Placeholder}}","n":1}""";
        Assert.Equal(json, await EchoAsync(client, json));
        Assert.Equal($"Bearer {Placeholder}.", await EchoAsync(client, $"Bearer {Placeholder}."));
        Assert.Equal("plain", await EchoAsync(client, "plain"));
        var long1 = new string('x', 200_000) + Placeholder;
        Assert.Equal(long1, await EchoAsync(client, long1));
        Assert.Equal(["""{"token":"the-\"real\"-value","n":1}""", $"Bearer {Real}.", "plain", new string('x', 200_000) + Real], _seen);

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "enough", Late);
        Assert.Equal((WebSocketCloseStatus.NormalClosure, "ended"), (client.CloseStatus, client.CloseStatusDescription));
        var record = Assert.Single(await world.RecordsAsync(1));
        Assert.DoesNotContain("unscrubbed", record.ToString(), StringComparison.Ordinal);
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(world.Output.Contains("put in [KEY], taken out [KEY]", StringComparison.Ordinal))));
        Assert.DoesNotContain("real", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pieces_and_bytes_are_searched_as_well()
    {
        using var client = Client("1.1");
        await ConnectAsync(client, "/secret/echo");
        foreach (var (piece, end) in new[] { ("a proxy-", false), ("", false), ("tok", false), ("en b", true) })
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(piece), WebSocketMessageType.Text, end, Late);
        }

        Assert.Equal($"a {Placeholder} b", Encoding.UTF8.GetString(await ReceiveAsync(client)));
        await client.SendAsync(Encoding.UTF8.GetBytes($"\0{Placeholder}\0"), WebSocketMessageType.Binary, endOfMessage: true, Late);
        var binary = Encoding.UTF8.GetString(await ReceiveAsync(client));
        Assert.Equal([$"a {Real} b", $"\0{Real}\0"], _seen);
        Assert.Equal("\0proxy-tokenproxy\0", binary); // As long as the value.
    }

    [Fact]
    public async Task Where_no_secret_belongs_messages_go_on_as_they_are()
    {
        using var client = Client("1.1");
        await ConnectAsync(client, "/other/echo");
        Assert.Equal($"{Placeholder} {Real}", await EchoAsync(client, $"{Placeholder} {Real}"));
        Assert.Equal([$"{Placeholder} {Real}"], _seen);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_message_that_is_too_long_to_be_held_ends_it_with_a_reason(string version)
    {
        using var client = Client(version);
        await ConnectAsync(client, "/secret/echo");
        await client.SendAsync(new byte[(1 << 20) + 1], WebSocketMessageType.Binary, endOfMessage: true, Late);
        var received = await client.ReceiveAsync(new byte[10], Late);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, received.CloseStatus);
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(_world.Output.Contains("\"close_code\":1009", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Another_policy_reads_the_messages_from_then_on()
    {
        using var client = Client("1.1");
        await ConnectAsync(client, "/secret/echo");
        Assert.Equal(Placeholder, await EchoAsync(client, Placeholder));

        await SwapAsync(Transforms.Replace("/secret/*", "/elsewhere", StringComparison.Ordinal) + Inspect);
        Assert.Equal(Placeholder, await EchoAsync(client, Placeholder));
        await SwapAsync(Transforms.Replace(", scrub_strict: true", "", StringComparison.Ordinal));
        Assert.Equal(Placeholder, await EchoAsync(client, Placeholder));
        await SwapAsync(Transforms + Inspect);
        Assert.Equal(Placeholder, await EchoAsync(client, Placeholder));
        Assert.Equal([Real, Placeholder, Placeholder, Real], _seen);
    }

    [Fact]
    public async Task One_that_was_opened_unread_ends_when_messages_are_to_be_read()
    {
        await using var world = await StartAsync(Transforms.Replace(", scrub_strict: true", "", StringComparison.Ordinal));
        using var client = Client("1.1");
        await ConnectAsync(client, "/secret/echo", world);
        Assert.Equal(Placeholder, await EchoAsync(client, Placeholder));
        Assert.Equal([Placeholder], _seen);

        var swap = await world.Server.SwapAsync(TlsWorld.Compile(Transforms + Inspect), CancellationToken.None);
        await swap.TunnelsEnded.WaitAsync(Patience.Event);
        await Assert.ThrowsAsync<WebSocketException>(() => ReceiveAsync(client));
    }

    [Fact]
    public async Task One_that_must_be_read_ends_when_messages_are_not_read_any_more()
    {
        using var client = Client("1.1");
        await ConnectAsync(client, "/secret/echo");
        Assert.Equal(Placeholder, await EchoAsync(client, Placeholder));
        await SwapAsync(Transforms);
        await Assert.ThrowsAsync<WebSocketException>(() => ReceiveAsync(client));
    }

    [Fact]
    public async Task A_message_that_does_not_become_whole_ends_it()
    {
        await using var world = await TlsWorld.StartAsync(Upstream, Transforms + Inspect, environment: static name => name == "KEY" ? Real : null, limits: "{ idle_timeout: 1s }");
        using var client = Client("1.1");
        await ConnectAsync(client, "/secret/echo", world);
        await client.SendAsync(Encoding.UTF8.GetBytes("a"), WebSocketMessageType.Text, endOfMessage: false, Late);
        var received = await client.ReceiveAsync(new byte[10], Late);
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, received.CloseStatus);
    }

    [Fact]
    public async Task An_extension_that_nobody_offered_opens_nothing()
    {
        using var client = Client("1.1");
        client.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(client, "/secret/extended"));
        Assert.Equal(HttpStatusCode.BadGateway, client.HttpStatusCode);
        Assert.Equal("upstream_protocol", Assert.Single(await _world.RecordsAsync(1)).GetProperty("audit").GetProperty("reason").GetString());
    }

    private Task<TlsWorld> StartAsync(string transforms, HttpProtocols protocols = HttpProtocols.Http1AndHttp2) =>
        TlsWorld.StartAsync(Upstream, transforms, environment: static name => name == "KEY" ? Real : null, protocols: protocols);

    private async Task SwapAsync(string transforms)
    {
        var swap = await _world.Server.SwapAsync(TlsWorld.Compile(transforms), CancellationToken.None);
        await swap.TunnelsEnded.WaitAsync(Patience.Event);
    }

    private void Upstream(WebApplication app)
    {
        app.UseWebSockets();
        app.Run(ServeAsync);
    }

    private Task ConnectAsync(ClientWebSocket client, string path) => ConnectAsync(client, path, _world);

    private async Task ServeAsync(HttpContext http)
    {
        _extensions = http.Request.Headers.SecWebSocketExtensions;
        if (http.Request.Path == "/secret/extended")
        {
            http.Response.Headers.SecWebSocketExtensions = "permessage-deflate";
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { DangerousEnableCompression = true });
        try
        {
            while (true)
            {
                var message = await ReceiveAsync(socket);
                if (socket.CloseStatus is not null)
                {
                    break;
                }

                _seen.Add(Encoding.UTF8.GetString(message));
                await socket.SendAsync(message, message is [0, ..] ? WebSocketMessageType.Binary : WebSocketMessageType.Text, endOfMessage: true, http.RequestAborted);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "ended", http.RequestAborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ConnectionAbortedException)
        {
            // The client is gone.
        }
    }
}
