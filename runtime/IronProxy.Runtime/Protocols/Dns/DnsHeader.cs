using System.Buffers.Binary;

namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>The fixed head of a DNS message (RFC 1035, 4.1.1).</summary>
public readonly record struct DnsHeader(ushort Id, ushort Flags, ushort Questions, ushort Answers, ushort Authorities, ushort Additionals)
{
    /// <summary>Its length.</summary>
    public const int Length = 12;

    internal const ushort ResponseFlag = 0x8000;
    internal const ushort OpcodeMask = 0x7800;
    internal const ushort TruncatedFlag = 0x0200;
    internal const ushort RecursionDesiredFlag = 0x0100;
    internal const ushort RecursionAvailableFlag = 0x0080;
    internal const ushort CheckingDisabledFlag = 0x0010;
    private const ushort CodeMask = 0x000F;

    /// <summary>Whether this is a response.</summary>
    public bool IsResponse => (Flags & ResponseFlag) != 0;

    /// <summary>The kind of query; 0 is a standard one.</summary>
    public int Opcode => (Flags & OpcodeMask) >> 11;

    /// <summary>Whether the message was cut to fit its transport.</summary>
    public bool IsTruncated => (Flags & TruncatedFlag) != 0;

    /// <summary>The lower four bits of the response code.</summary>
    public DnsResponseCode Code => (DnsResponseCode)(Flags & CodeMask);

    /// <summary>Reads the head of a message that is long enough to have one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out DnsHeader header)
    {
        header = default;
        if (message.Length < Length)
        {
            return false;
        }

        header = new DnsHeader(
            BinaryPrimitives.ReadUInt16BigEndian(message),
            BinaryPrimitives.ReadUInt16BigEndian(message[2..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[6..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[8..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[10..]));
        return true;
    }

    /// <summary>Writes the head to the start of a message.</summary>
    public void Write(Span<byte> message)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message, Id);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], Flags);
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], Questions);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], Answers);
        BinaryPrimitives.WriteUInt16BigEndian(message[8..], Authorities);
        BinaryPrimitives.WriteUInt16BigEndian(message[10..], Additionals);
    }
}
