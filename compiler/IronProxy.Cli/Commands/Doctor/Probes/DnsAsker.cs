using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>Asks a resolver, and no other one: without the libraries that would ask elsewhere when it stays silent.</summary>
internal sealed class DnsAsker(TimeSpan timeout)
{
    /// <summary>Asks over UDP. Null when there is no answer.</summary>
    public Task<DnsReply?> AskUdpAsync(IPEndPoint server, string name, ushort type, CancellationToken cancellation) =>
        AskAsync(server, SocketType.Dgram, ProtocolType.Udp, name, type, cancellation);

    /// <summary>Asks over TCP. Null when there is no answer.</summary>
    public Task<DnsReply?> AskTcpAsync(IPEndPoint server, string name, ushort type, CancellationToken cancellation) =>
        AskAsync(server, SocketType.Stream, ProtocolType.Tcp, name, type, cancellation);

    private async Task<DnsReply?> AskAsync(IPEndPoint server, SocketType kind, ProtocolType protocol, string name, ushort type, CancellationToken cancellation)
    {
        var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
        try
        {
            using var socket = new Socket(server.AddressFamily, kind, protocol);
            return await TimeLimit.WithinAsync(
                timeout,
                async limit =>
                {
                    // A connected UDP socket takes answers from this server alone.
                    await socket.ConnectAsync(server, limit);
                    return kind == SocketType.Dgram
                        ? await ExchangeDatagramAsync(socket, DnsMessage.Query(id, name, type), id, limit)
                        : await ExchangeStreamAsync(socket, DnsMessage.Query(id, name, type), id, limit);
                },
                cancellation);
        }
        catch (Exception e) when (e is SocketException or IOException or TimeoutException)
        {
            return null;
        }
    }

    private static async Task<DnsReply?> ExchangeDatagramAsync(Socket socket, byte[] query, ushort id, CancellationToken cancellation)
    {
        await socket.SendAsync(query, cancellation);
        var buffer = new byte[4096];
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, cancellation);
            if (DnsMessage.TryRead(buffer.AsSpan(0, length), id) is { } reply)
            {
                return reply;
            }
        }
    }

    private static async Task<DnsReply?> ExchangeStreamAsync(Socket socket, byte[] query, ushort id, CancellationToken cancellation)
    {
        await using var stream = new NetworkStream(socket);
        var prefix = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)query.Length);
        await stream.WriteAsync((byte[])[.. prefix, .. query], cancellation);
        await stream.ReadExactlyAsync(prefix, cancellation);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(message, cancellation);
        return DnsMessage.TryRead(message, id);
    }
}
