using System.Buffers.Binary;

namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>A resource record whose data is not yet understood.</summary>
/// <param name="Name">Its owner.</param>
/// <param name="Type">Its type.</param>
/// <param name="Class">Its class.</param>
/// <param name="Ttl">How long it may be kept, in seconds, as it came.</param>
/// <param name="DataStart">Where its data begins in the message.</param>
/// <param name="DataLength">How long its data is.</param>
/// <param name="Length">How long the record is.</param>
internal readonly record struct DnsRawRecord(string Name, DnsType Type, int Class, uint Ttl, int DataStart, int DataLength, int Length);

/// <summary>Reads resource records (RFC 1035, 4.1.3).</summary>
internal static class DnsRecordReader
{
    private const int FixedLength = 10;

    public static ParseStatus TryRead(ReadOnlySpan<byte> message, int start, out DnsRawRecord record)
    {
        record = default;
        var status = DnsName.TryRead(message, start, allowPointers: true, out var name, out var nameLength);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        var head = start + nameLength;
        if (message.Length < head + FixedLength)
        {
            return ParseStatus.NeedMore;
        }

        var dataLength = BinaryPrimitives.ReadUInt16BigEndian(message[(head + 8)..]);
        if (message.Length < head + FixedLength + dataLength)
        {
            return ParseStatus.NeedMore;
        }

        record = new DnsRawRecord(
            name,
            (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[head..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[(head + 2)..]),
            BinaryPrimitives.ReadUInt32BigEndian(message[(head + 4)..]),
            head + FixedLength,
            dataLength,
            nameLength + FixedLength + dataLength);
        return ParseStatus.Done;
    }
}
