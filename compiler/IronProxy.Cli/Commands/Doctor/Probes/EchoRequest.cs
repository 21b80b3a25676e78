using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>One ICMP echo request without a payload, over a ping socket or a raw one, whichever this user may open.</summary>
internal static class EchoRequest
{
    private const byte RequestV4 = 8;
    private const byte ReplyV4 = 0;
    private const byte RequestV6 = 128;
    private const byte ReplyV6 = 129;

    public static async Task<Outcome> JudgeAsync(IPAddress address, TimeSpan timeout, string remedy, CancellationToken cancellation)
    {
        var v6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        try
        {
            using var socket = Open(address.AddressFamily, v6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp, out var raw);
            if (socket is null)
            {
                return Outcome.Closed("not possible for this user");
            }

            await TimeLimit.WithinAsync(
                timeout,
                async limit =>
                {
                    await socket.ConnectAsync(new IPEndPoint(address, 0), limit);
                    await socket.SendAsync(Message(v6 ? RequestV6 : RequestV4), limit);
                    var buffer = new byte[2048];
                    while (true)
                    {
                        var length = await socket.ReceiveAsync(buffer, limit);

                        // A raw IPv4 socket hands out the IP header, too.
                        var start = raw && !v6 ? (buffer[0] & 0x0F) * 4 : 0;
                        if (length > start && buffer[start] == (v6 ? ReplyV6 : ReplyV4))
                        {
                            return true;
                        }
                    }
                },
                cancellation);
            return Outcome.Hole("an echo comes back", remedy);
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

    private static Socket? Open(AddressFamily family, ProtocolType protocol, out bool raw)
    {
        foreach (var kind in new[] { SocketType.Dgram, SocketType.Raw })
        {
            try
            {
                raw = kind == SocketType.Raw;
                return new Socket(family, kind, protocol);
            }
            catch (SocketException)
            {
                // The next kind asks for another right.
            }
        }

        raw = false;
        return null;
    }

    private static byte[] Message(byte type)
    {
        // Type, code 0, checksum, identifier 0, sequence 1. The kernel fills in the checksum of ICMPv6 and of ping sockets.
        byte[] message = [type, 0, 0, 0, 0, 0, 0, 1];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), (ushort)~((type << 8) + 1));
        return message;
    }
}
