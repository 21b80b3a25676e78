using System.Buffers.Binary;

namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>Writes queries of our own.</summary>
public static class DnsQueryWriter
{
    /// <summary>The UDP size that we offer: it passes networks without fragments.</summary>
    public const int UdpSize = 1232;

    /// <summary>The longest query that is written.</summary>
    public const int MaxLength = DnsHeader.Length + DnsName.MaxWireLength + 4 + EdnsRecord.Length;

    /// <summary>Writes a query of one question that asks for recursion.</summary>
    /// <returns>Its length.</returns>
    /// <exception cref="ArgumentException">The name cannot be written.</exception>
    public static int Write(Span<byte> target, ushort id, string name, DnsType type)
    {
        if (!DnsName.TryWrite(name, target[DnsHeader.Length..], out var nameLength))
        {
            throw new ArgumentException("The name cannot stand in a query.", nameof(name));
        }

        new DnsHeader(id, DnsHeader.RecursionDesiredFlag, Questions: 1, 0, 0, Additionals: 1).Write(target);
        var at = DnsHeader.Length + nameLength;
        BinaryPrimitives.WriteUInt16BigEndian(target[at..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(target[(at + 2)..], DnsQuery.InternetClass);
        at += 4;
        EdnsRecord.Write(target[at..], UdpSize, extendedCode: 0);
        return at + EdnsRecord.Length;
    }
}
