using System.Buffers.Binary;

namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>
/// Reads DNS queries (RFC 1035, 4.1; RFC 6891, 6.1). Messages come whole, so for a datagram <see cref="ParseStatus.NeedMore"/>
/// means that it is cut short.
/// </summary>
public static class DnsQueryParser
{
    /// <summary>An IXFR query has one record in this section (RFC 1995, 3); others have none.</summary>
    private const int MaxAuthorities = 1;

    /// <summary>OPT and a signature, and room for what is to come.</summary>
    private const int MaxAdditionals = 8;

    /// <summary>Reads a query of exactly one question.</summary>
    public static ParseStatus TryParse(ReadOnlySpan<byte> message, out DnsQuery query)
    {
        query = default;
        if (!DnsHeader.TryRead(message, out var header))
        {
            return ParseStatus.NeedMore;
        }

        if (header.IsResponse || header.Opcode != 0 || header.Questions != 1 || header.Answers != 0
            || header.Authorities > MaxAuthorities || header.Additionals > MaxAdditionals)
        {
            return ParseStatus.Invalid;
        }

        // RFC 1035, 4.1.4: nothing stands before the question that a pointer could name.
        var status = DnsName.TryRead(message, DnsHeader.Length, allowPointers: false, out var name, out var nameLength);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        var at = DnsHeader.Length + nameLength;
        if (message.Length < at + 4)
        {
            return ParseStatus.NeedMore;
        }

        query = new DnsQuery
        {
            Header = header,
            Name = name,
            Type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[at..]),
            Class = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]),
            QuestionLength = nameLength + 4,
        };
        at += 4;
        for (var i = 0; i < header.Authorities + header.Additionals; i++)
        {
            status = DnsRecordReader.TryRead(message, at, out var record);
            if (status != ParseStatus.Done)
            {
                return status;
            }

            at += record.Length;
            if (record.Type == DnsType.Opt && !TryAddEdns(ref query, record))
            {
                return ParseStatus.Invalid;
            }
        }

        return at == message.Length ? ParseStatus.Done : ParseStatus.Invalid;
    }

    /// <summary>RFC 6891, 6.1.1: there is one OPT record, and the root owns it.</summary>
    private static bool TryAddEdns(ref DnsQuery query, in DnsRawRecord record)
    {
        if (query.HasEdns || record.Name.Length > 0)
        {
            return false;
        }

        query = query with { HasEdns = true, UdpSize = record.Class, EdnsVersion = (int)(record.Ttl >> 16) & 0xFF };
        return true;
    }
}
