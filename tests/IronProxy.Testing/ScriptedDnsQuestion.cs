using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace IronProxy.Testing;

/// <summary>A question that a <see cref="ScriptedDnsUpstream"/> received, and the means to answer it.</summary>
/// <param name="Name">The name, its letters as they came, without a trailing dot.</param>
/// <param name="Type">The type's number.</param>
/// <param name="Tcp">Whether it came over TCP.</param>
/// <param name="Port">The client's port.</param>
/// <param name="Message">The whole query.</param>
/// <param name="QuestionLength">How long the question is, behind the 12 bytes of the head.</param>
public sealed record ScriptedDnsQuestion(string Name, int Type, bool Tcp, int Port, byte[] Message, int QuestionLength)
{
    private const int HeaderLength = 12;

    /// <summary>The query's id.</summary>
    public int Id => BinaryPrimitives.ReadUInt16BigEndian(Message);

    /// <summary>An answer with records.</summary>
    public byte[] Answer(params IEnumerable<ScriptedDnsRecord> records) => Answer(code: 0, records);

    /// <summary>An answer with a response code and records.</summary>
    public byte[] Answer(int code, params IEnumerable<ScriptedDnsRecord> records)
    {
        var all = records.ToArray();
        var head = new byte[HeaderLength];
        Message.AsSpan(0, 2).CopyTo(head);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), (ushort)(0x8180 | code));
        head[5] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(6), (ushort)all.Length);
        return [.. head, .. Message.AsSpan(HeaderLength, QuestionLength), .. all.SelectMany(r => r.ToBytes())];
    }

    /// <summary>An answer without records, which says in its authority section how long that holds (RFC 2308).</summary>
    public byte[] Nothing(int code, uint ttl)
    {
        var data = new byte[2 + 20];
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(18), ttl);
        var answer = Answer(code);
        answer[9] = 1;
        return [.. answer, .. new ScriptedDnsRecord("example", 6, ttl, data).ToBytes()];
    }

    /// <summary>An answer that says that it is cut.</summary>
    public byte[] Truncated()
    {
        var answer = Answer();
        answer[2] |= 0x02;
        return answer;
    }

    internal static ScriptedDnsQuestion Read(byte[] message, int port, bool tcp)
    {
        var labels = new List<string>();
        var at = HeaderLength;
        while (message[at] != 0)
        {
            labels.Add(Encoding.Latin1.GetString(message, at + 1, message[at]));
            at += 1 + message[at];
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(at + 1));
        return new ScriptedDnsQuestion(string.Join('.', labels), type, tcp, port, message, at + 5 - HeaderLength);
    }
}

/// <summary>A record of class IN, as bytes go over the wire.</summary>
/// <param name="Name">Its owner.</param>
/// <param name="Type">The type's number.</param>
/// <param name="Ttl">How long it may be kept, in seconds.</param>
/// <param name="Data">Its data.</param>
public sealed record ScriptedDnsRecord(string Name, int Type, uint Ttl, byte[] Data)
{
    /// <summary>An A or AAAA record.</summary>
    public static ScriptedDnsRecord Address(string name, string address, uint ttl = 30)
    {
        var bytes = IPAddress.Parse(address).GetAddressBytes();
        return new ScriptedDnsRecord(name, bytes.Length == 4 ? 1 : 28, ttl, bytes);
    }

    /// <summary>A CNAME record.</summary>
    public static ScriptedDnsRecord Alias(string name, string target, uint ttl = 30) => new(name, 5, ttl, WriteName(target));

    /// <summary>A TXT record.</summary>
    public static ScriptedDnsRecord Text(string name, string text, uint ttl = 30) =>
        new(name, 16, ttl, [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)]);

    /// <summary>A name without compression.</summary>
    public static byte[] WriteName(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.Latin1.GetBytes(l)]), 0];

    internal byte[] ToBytes()
    {
        var rest = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)Type);
        rest[3] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(rest.AsSpan(4), Ttl);
        BinaryPrimitives.WriteUInt16BigEndian(rest.AsSpan(8), (ushort)Data.Length);
        return [.. WriteName(Name), .. rest, .. Data];
    }
}
