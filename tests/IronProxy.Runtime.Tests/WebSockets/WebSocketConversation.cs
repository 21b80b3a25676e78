using System.Net.WebSockets;
using System.Text;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.WebSockets;

/// <summary>What tests of WebSockets have in common: .NET's client, and messages that it sends and receives whole.</summary>
public abstract class WebSocketConversation : IDisposable
{
    private readonly CancellationTokenSource _patience = new(Patience.Event);

    /// <summary>Ends waits.</summary>
    protected CancellationToken Late => _patience.Token;

    /// <inheritdoc />
    public void Dispose()
    {
        _patience.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static ClientWebSocket Client(string version)
    {
        var client = new ClientWebSocket();
        client.Options.HttpVersion = Version.Parse(version);
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return client;
    }

    private protected async Task ConnectAsync(ClientWebSocket client, string path, TlsWorld world, SocketsHttpHandler? handler = null)
    {
        using var invoker = new HttpMessageInvoker(handler ?? world.CreateHandler());
        await client.ConnectAsync(new Uri($"wss://upstream.test:{world.UpstreamPort}{path}"), invoker, Late);
    }

    protected async Task<string> EchoAsync(ClientWebSocket client, string text)
    {
        await client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Late);
        return Encoding.UTF8.GetString(await ReceiveAsync(client));
    }

    /// <summary>Receives one message; a close is an empty one.</summary>
    protected async Task<byte[]> ReceiveAsync(WebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        ValueWebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer.AsMemory(), Late);
            message.Write(buffer, 0, received.Count);
        }
        while (!received.EndOfMessage && received.MessageType != WebSocketMessageType.Close);
        return message.ToArray();
    }
}
