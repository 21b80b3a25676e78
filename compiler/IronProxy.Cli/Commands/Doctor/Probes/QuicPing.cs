using System.Net;
using System.Security.Cryptography;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>
/// A QUIC packet of a version that does not exist, empty, of the least length that counts: every QUIC server must answer it with
/// the versions that it speaks (RFC 9000, 5.2.2 and 6.1).
/// </summary>
internal static class QuicPing
{
    private const int MinInitialLength = 1200;

    public static Task<Outcome> JudgeAsync(IPEndPoint endpoint, TimeSpan timeout, string remedy, CancellationToken cancellation) =>
        Datagram.JudgeAsync(endpoint, Packet(), timeout, remedy, cancellation);

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
