using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>Asks the proxy's DNS server, with a codec of its own.</summary>
internal static class DnsAsker
{
    private const int HeaderLength = 12;

    private static readonly string[] Codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

    public static byte[] Question(string name, string type)
    {
        var labels = name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.Latin1.GetBytes(l)]);
        return [0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, .. labels, 0, 0, (byte)Enum.Parse<RecordType>(type), 0, 1];
    }

    /// <summary>Sends a message and reads the answer, or null when none comes in time.</summary>
    public static async Task<(string Rcode, IReadOnlyList<string> Answers)?> AskAsync(IPEndPoint server, byte[] message, bool tcp, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            var answer = tcp ? await OverTcpAsync(server, message, limit.Token) : await OverUdpAsync(server, message, limit.Token);
            return answer is null ? null : Read(answer);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<byte[]?> OverUdpAsync(IPEndPoint server, byte[] message, CancellationToken cancellation)
    {
        using var socket = new UdpClient();
        socket.Connect(server);
        await socket.SendAsync(message, cancellation);
        return (await socket.ReceiveAsync(cancellation)).Buffer;
    }

    private static async Task<byte[]?> OverTcpAsync(IPEndPoint server, byte[] message, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server, cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync((byte[])[(byte)(message.Length >> 8), (byte)message.Length, .. message], cancellation);
        var length = new byte[2];
        if (await stream.ReadAtLeastAsync(length, 2, throwOnEndOfStream: false, cancellation) < 2)
        {
            return null;
        }

        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, cancellation);
        return answer;
    }

    private static (string Rcode, IReadOnlyList<string> Answers) Read(byte[] answer)
    {
        var answers = new List<string>();
        var at = HeaderLength;
        for (var i = 0; i < answer[5]; i++)
        {
            SkipName(answer, ref at);
            at += 4;
        }

        for (var i = 0; i < answer[7]; i++)
        {
            SkipName(answer, ref at);
            var type = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at));
            var length = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(at + 8));
            var name = (RecordType)type;
            answers.Add(name is RecordType.A or RecordType.AAAA ? $"{name} {new IPAddress(answer.AsSpan(at + 10, length))}" : $"{name}");
            at += 10 + length;
        }

        return (Codes.ElementAtOrDefault(answer[3] & 0x0F) ?? "?", answers);
    }

    private static void SkipName(byte[] answer, ref int at)
    {
        while (answer[at] is not 0 and < 0xC0)
        {
            at += 1 + answer[at];
        }

        at += answer[at] == 0 ? 1 : 2;
    }

    private enum RecordType
    {
        A = 1,
        NS = 2,
        CNAME = 5,
        NULL = 10,
        TXT = 16,
        AAAA = 28,
        SRV = 33,
        SVCB = 64,
        HTTPS = 65,
        AXFR = 252,
        ANY = 255,
    }
}
