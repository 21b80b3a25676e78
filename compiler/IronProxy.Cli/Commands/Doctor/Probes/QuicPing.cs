using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>
/// A QUIC packet of a version that does not exist, empty, of the least length that counts: every QUIC server must answer it with
/// the versions that it speaks (RFC 9000, 5.2.2 and 6.1).
/// </summary>
internal static class QuicPing
{
    private const int MinInitialLength = 1200;

    public static async Task<Outcome> JudgeAsync(IPEndPoint endpoint, TimeSpan timeout, string remedy, CancellationToken cancellation)
    {
        try
        {
            using var socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            var length = await TimeLimit.WithinAsync(
                timeout,
                async limit =>
                {
                    await socket.ConnectAsync(endpoint, limit);
                    await socket.SendAsync(Packet(), limit);
                    return await socket.ReceiveAsync(new byte[2048], limit);
                },
                cancellation);
            return Outcome.Hole($"an answer of {length} bytes comes back", remedy);
        }
        catch (TimeoutException e)
        {
            return Outcome.Closed(e.Message);
        }
        catch (SocketException e)
        {
            return Outcome.Closed(ConnectionJudge.Why(e));
        }
    }

    private static byte[] Packet()
    {
        var packet = new byte[MinInitialLength];
        packet[0] = 0xC0; // Long header, fixed bit.
        new byte[] { 0x1A, 0x2A, 0x3A, 0x4A }.CopyTo(packet, 1); // A version that is reserved for this (RFC 9000, 15).
        packet[5] = 8;
        RandomNumberGenerator.Fill(packet.AsSpan(6, 8));
        packet[14] = 8;
        RandomNumberGenerator.Fill(packet.AsSpan(15, 8));
        return packet;
    }
}
