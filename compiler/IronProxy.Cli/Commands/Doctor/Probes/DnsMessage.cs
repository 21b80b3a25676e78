using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>As much of DNS messages (RFC 1035, 4) as questions and verdicts need.</summary>
internal static class DnsMessage
{
    public const ushort A = 1;
    public const ushort Txt = 16;

    private const ushort Aaaa = 28;
    private const ushort Soa = 6;
    private const int HeaderLength = 12;

    public static byte[] Query(ushort id, string name, ushort type)
    {
        var message = new List<byte>(64);
        AddUInt16(id);
        AddUInt16(0x0100); // A standard query, recursion desired.
        AddUInt16(1);
        message.AddRange(new byte[6]);
        foreach (var label in name.Split('.'))
        {
            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label));
        }

        message.Add(0);
        AddUInt16(type);
        AddUInt16(1);
        return [.. message];

        void AddUInt16(ushort value)
        {
            message.Add((byte)(value >> 8));
            message.Add((byte)value);
        }
    }

    /// <summary>Reads a response. Null when it is none to this question, or is broken.</summary>
    public static DnsReply? TryRead(ReadOnlySpan<byte> message, ushort id)
    {
        if (message.Length < HeaderLength || BinaryPrimitives.ReadUInt16BigEndian(message) != id || (message[2] & 0x80) == 0)
        {
            return null;
        }

        var questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        var answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        var authorities = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        var at = HeaderLength;
        for (var i = 0; i < questions; i++)
        {
            if (!SkipName(message, ref at))
            {
                return null;
            }

            at += 4;
        }

        var addresses = new List<IPAddress>();
        var authority = false;
        var proxy = false;
        for (var i = 0; i < answers + authorities; i++)
        {
            var isOfRoot = at < message.Length && message[at] == 0;
            if (!SkipName(message, ref at) || at + 10 > message.Length)
            {
                return null;
            }

            var type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
            at += 10;
            if (at + length > message.Length)
            {
                return null;
            }

            if (i < answers && ((type == A && length == 4) || (type == Aaaa && length == 16)))
            {
                addresses.Add(new IPAddress(message.Slice(at, length)));
            }

            if (i >= answers && type == Soa)
            {
                // Where nothing is, the proxy says for how long with a record of the root that names no server. The root's own names one.
                var isProxys = isOfRoot && length > 0 && message[at] == 0;
                proxy |= isProxys;
                authority |= !isProxys;
            }

            at += length;
        }

        return new DnsReply(message[3] & 0x0F, answers, addresses, authority, proxy);
    }

    private static bool SkipName(ReadOnlySpan<byte> message, ref int at)
    {
        while (at < message.Length)
        {
            var length = message[at];
            if ((length & 0xC0) == 0xC0)
            {
                at += 2;
                return at <= message.Length;
            }

            at += 1 + length;
            if (length == 0)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>A response.</summary>
/// <param name="Code">The response code: 0 is fine, 3 says that there is no such name, 5 that the server refuses.</param>
/// <param name="Answers">How many records answer the question.</param>
/// <param name="Addresses">The addresses among them.</param>
/// <param name="HasAuthority">Whether it names the zone that the answer comes from, which who makes answers up does not know.</param>
/// <param name="IsProxys">Whether it has the mark of the proxy's answers about what is not there.</param>
internal sealed record DnsReply(int Code, int Answers, IReadOnlyList<IPAddress> Addresses, bool HasAuthority, bool IsProxys)
{
    private const int NoSuchName = 3;

    /// <summary>Whether it is what the proxy answers about a name that dns.deny_unlisted denies.</summary>
    public bool IsDenied => Code == NoSuchName && IsProxys;

    public string CodeName => Code switch
    {
        0 => "NOERROR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        5 => "REFUSED",
        _ => $"response code {Code}",
    };

    /// <summary>Whether it is what the workload's own resolver makes up for every name.</summary>
    public bool IsInvented(IReadOnlyCollection<IPAddress> invented) =>
        Code == 0 && Addresses.Count > 0 && Addresses.All(invented.Contains);
}
