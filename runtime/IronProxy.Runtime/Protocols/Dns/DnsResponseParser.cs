using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Text;

namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>
/// Reads the answer to a query of our own. Only the answer section is read, and how long a lack of answers holds: nothing that a server adds
/// unasked is believed.
/// </summary>
public static class DnsResponseParser
{
    private const int MaxAnswers = 256;
    private const int MaxAuthorities = 16;
    private const int TypeAndClassLength = 4;

    /// <summary>RFC 1035, 3.3.13: two names and five numbers, the last of which is the minimum.</summary>
    private const int MinSoaLength = 2 + (5 * sizeof(uint));

    /// <summary>Reads a response.</summary>
    /// <param name="message">The response.</param>
    /// <param name="query">The query that was sent; id and question of the response must be its own (RFC 5452, 9.1).</param>
    /// <param name="response">The result, when the status is <see cref="ParseStatus.Done"/>.</param>
    public static ParseStatus TryParse(ReadOnlySpan<byte> message, ReadOnlySpan<byte> query, out DnsResponse? response)
    {
        response = null;
        if (!DnsHeader.TryRead(message, out var header))
        {
            return ParseStatus.NeedMore;
        }

        if (!header.IsResponse || header.Opcode != 0 || header.Questions != 1 || header.Answers > MaxAnswers
            || header.Id != BinaryPrimitives.ReadUInt16BigEndian(query))
        {
            return ParseStatus.Invalid;
        }

        var status = TryMatchQuestion(message, query, out var at);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        if (header.IsTruncated)
        {
            response = new DnsResponse(header.Code, IsTruncated: true, []);
            return ParseStatus.Done;
        }

        var answers = ImmutableArray.CreateBuilder<DnsRecord>();
        for (var i = 0; i < header.Answers; i++)
        {
            status = DnsRecordReader.TryRead(message, at, out var record);
            if (status != ParseStatus.Done)
            {
                return status;
            }

            at += record.Length;
            if (record.Class == DnsQuery.InternetClass && !TryAdd(message, record, answers))
            {
                return ParseStatus.Invalid;
            }
        }

        response = new DnsResponse(header.Code, IsTruncated: false, answers.ToImmutable(), ReadNegativeTtl(message, at, header.Authorities));
        return ParseStatus.Done;
    }

    /// <summary>What is wrong in the authority section costs the answer nothing: it is not kept then.</summary>
    private static uint ReadNegativeTtl(ReadOnlySpan<byte> message, int at, int authorities)
    {
        for (var i = 0; i < Math.Min(authorities, MaxAuthorities) && DnsRecordReader.TryRead(message, at, out var record) == ParseStatus.Done; i++)
        {
            at += record.Length;
            if (record is { Type: DnsType.Soa, Class: DnsQuery.InternetClass, DataLength: >= MinSoaLength })
            {
                return Math.Min(Ttl(record.Ttl), Ttl(BinaryPrimitives.ReadUInt32BigEndian(message[(at - sizeof(uint))..])));
            }
        }

        return 0;
    }

    private static ParseStatus TryMatchQuestion(ReadOnlySpan<byte> message, ReadOnlySpan<byte> query, out int end)
    {
        end = 0;
        if (DnsQueryParser.TryParse(query, out var asked) != ParseStatus.Done)
        {
            throw new ArgumentException("The query is not one that can be sent.", nameof(query));
        }

        end = DnsHeader.Length + asked.QuestionLength;
        var expected = asked.Question(query);
        var given = message[DnsHeader.Length..];
        given = given[..Math.Min(given.Length, expected.Length)];

        // Letters of the name may change their case on the way; type and class are compared as they are.
        var name = Math.Min(given.Length, expected.Length - TypeAndClassLength);
        if (!EqualsIgnoringCase(given[..name], expected[..name]) || !given[name..].SequenceEqual(expected[name..given.Length]))
        {
            return ParseStatus.Invalid;
        }

        return given.Length == expected.Length ? ParseStatus.Done : ParseStatus.NeedMore;
    }

    // Only ASCII has letters in DNS (RFC 4343, 3); names with other bytes are compared as they are.
    private static bool EqualsIgnoringCase(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.SequenceEqual(right) || Ascii.EqualsIgnoreCase(left, right);

    // RFC 2181, 8: a value with the top bit set is taken for zero.
    private static uint Ttl(uint value) => value > int.MaxValue ? 0 : value;

    private static bool TryAdd(ReadOnlySpan<byte> message, in DnsRawRecord record, ImmutableArray<DnsRecord>.Builder answers)
    {
        var ttl = Ttl(record.Ttl);
        var data = message.Slice(record.DataStart, record.DataLength);
        switch (record.Type)
        {
            case DnsType.A when data.Length == 4:
            case DnsType.Aaaa when data.Length == 16:
                answers.Add(new DnsRecord(record.Name, record.Type, ttl, new IPAddress(data), null));
                return true;
            case DnsType.Cname:
                if (DnsName.TryRead(message[..(record.DataStart + record.DataLength)], record.DataStart, allowPointers: true, out var target, out var length)
                    != ParseStatus.Done || length != record.DataLength)
                {
                    return false;
                }

                answers.Add(new DnsRecord(record.Name, record.Type, ttl, null, target));
                return true;
            default:
                return record.Type is not (DnsType.A or DnsType.Aaaa);
        }
    }
}
