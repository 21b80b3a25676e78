using System.Net;
using System.Net.Sockets;
using System.Text;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Streaming;

/// <summary>A client that sends and reads bytes when the test says so.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly TcpClient _tcp = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private NetworkStream _stream = null!; // Set when the connection is there; a client that sends no more is asked for none again.

    /// <summary>All that was read so far, in Latin-1.</summary>
    public string Received { get; private set; } = "";

    public static async Task<RawClient> ConnectAsync(IPEndPoint endpoint)
    {
        var client = new RawClient();
        await client._tcp.ConnectAsync(endpoint);
        client._tcp.NoDelay = true;
        client._stream = client._tcp.GetStream();
        return client;
    }

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Reads until a text has come.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        while (!Received.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(await ReadAsync(limit.Token), $"The connection ended before '{text}' came: {Received}");
        }

        return Received;
    }

    /// <summary>Reads until the proxy closes.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        while (await ReadAsync(limit.Token))
        {
            // Kept in Received.
        }

        return Received;
    }

    /// <summary>Says that nothing more will be sent, as <c>nc -N</c> does.</summary>
    public void EndSending() => _tcp.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Goes away without a goodbye.</summary>
    public void Abort()
    {
        _tcp.LingerState = new LingerOption(true, 0);
        _tcp.Close();
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            var read = await _stream.ReadAsync(_buffer, cancellation);
            Received += Encoding.Latin1.GetString(_buffer, 0, read);
            return read > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
