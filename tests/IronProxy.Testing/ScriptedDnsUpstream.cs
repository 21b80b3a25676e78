using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace IronProxy.Testing;

/// <summary>
/// A DNS server for tests, over UDP and TCP on one free loopback port, or where the test says. A script makes the raw answer to each question; it
/// has a codec of its own, so that the product's is never tested against itself.
/// </summary>
public sealed class ScriptedDnsUpstream : IAsyncDisposable
{
    private readonly Func<ScriptedDnsQuestion, byte[]?> _script;
    private readonly ConcurrentQueue<ScriptedDnsQuestion> _received = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly Task _serving;

    private ScriptedDnsUpstream(Func<ScriptedDnsQuestion, byte[]?> script, IPEndPoint endpoint)
    {
        _script = script;
        (_udp, _tcp) = BindBoth(endpoint);
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)_udp.LocalEndPoint!;

    /// <summary>Every question that came, in order.</summary>
    public IReadOnlyList<ScriptedDnsQuestion> Received => [.. _received];

    /// <summary>Starts a server. The script returns a whole message, or null to stay silent.</summary>
    public static ScriptedDnsUpstream Start(Func<ScriptedDnsQuestion, byte[]?> script, IPEndPoint? endpoint = null) =>
        new(script, endpoint ?? new IPEndPoint(IPAddress.Loopback, 0));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving;
        _udp.Dispose();
        _tcp.Dispose();
        _stopping.Dispose();
    }

    private static (Socket Udp, Socket Tcp) BindBoth(IPEndPoint endpoint)
    {
        for (var attempt = 1; ; attempt++)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                udp.Bind(endpoint);
                tcp.Bind(udp.LocalEndPoint!);
                tcp.Listen(16);
                return (udp, tcp);
            }
            catch (SocketException) when (attempt < 16)
            {
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    private byte[]? Answer(byte[] message, EndPoint client, bool tcp)
    {
        var question = ScriptedDnsQuestion.Read(message, ((IPEndPoint)client).Port, tcp);
        _received.Enqueue(question);
        return _script(question);
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stopping.Token);
                if (Answer(buffer[..received.ReceivedBytes], received.RemoteEndPoint, tcp: false) is { } answer)
                {
                    await _udp.SendToAsync(answer, SocketFlags.None, received.RemoteEndPoint, _stopping.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped by the test.
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _tcp.AcceptAsync(_stopping.Token);
                await using var stream = new NetworkStream(client);
                try
                {
                    var prefix = new byte[2];
                    await stream.ReadExactlyAsync(prefix, _stopping.Token);
                    var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
                    await stream.ReadExactlyAsync(message, _stopping.Token);
                    if (Answer(message, client.RemoteEndPoint!, tcp: true) is { } answer)
                    {
                        BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)answer.Length);
                        await stream.WriteAsync((byte[])[.. prefix, .. answer], _stopping.Token);
                    }
                }
                catch (IOException)
                {
                    // The client went away, which is its right.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped by the test.
        }
    }
}
