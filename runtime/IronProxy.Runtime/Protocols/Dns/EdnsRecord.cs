using System.Buffers.Binary;

namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>Writes an OPT record without options (RFC 6891, 6.1.2).</summary>
internal static class EdnsRecord
{
    public const int Length = 11;

    /// <summary>Writes the record; the upper eight bits of a response code stand in it.</summary>
    public static void Write(Span<byte> target, ushort udpSize, byte extendedCode)
    {
        target[..Length].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(target[1..], (ushort)DnsType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(target[3..], udpSize);
        target[5] = extendedCode;
    }
}
