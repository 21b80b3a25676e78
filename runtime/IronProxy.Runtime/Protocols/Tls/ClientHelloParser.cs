using System.Buffers;
using System.Buffers.Binary;

namespace IronProxy.Runtime.Protocols.Tls;

/// <summary>
/// Reads the ClientHello at the start of a TLS connection (RFC 8446, 4.1.2 and 5.1; RFC 6066, 3; RFC 7301, 3.1). The
/// message may be spread over several records. The bytes are only looked at: the TLS server reads them again.
/// </summary>
public static class ClientHelloParser
{
    /// <summary>The most bytes, record headers included, that are waited for.</summary>
    public const int MaxLength = 64 * 1024;

    private const int RecordHeaderLength = 5;
    private const int MaxFragmentLength = 1 << 14;
    private const int HandshakeHeaderLength = 4;
    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;

    /// <summary>Looks for a ClientHello at the start of the buffer. Nothing is consumed.</summary>
    /// <param name="buffer">What the client sent so far.</param>
    /// <param name="hello">The result, when the status is <see cref="ParseStatus.Done"/>.</param>
    public static ParseStatus TryParse(in ReadOnlySequence<byte> buffer, out ClientHello? hello)
    {
        hello = null;
        using var bytes = new ContiguousBytes(buffer.Length > MaxLength ? buffer.Slice(0, MaxLength) : buffer);
        var status = TryFindMessage(bytes.Span, out var records);
        if (status != ParseStatus.Done)
        {
            return status == ParseStatus.NeedMore && bytes.Span.Length >= MaxLength ? ParseStatus.Invalid : status;
        }

        if (records.Count == 1)
        {
            return Finish(ClientHelloBody.TryRead(bytes.Span.Slice(RecordHeaderLength + HandshakeHeaderLength, records.MessageLength), out hello));
        }

        var joined = ArrayPool<byte>.Shared.Rent(HandshakeHeaderLength + records.MessageLength);
        try
        {
            Join(bytes.Span, records.Count, joined);
            return Finish(ClientHelloBody.TryRead(joined.AsSpan(HandshakeHeaderLength, records.MessageLength), out hello));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
        }
    }

    private static ParseStatus Finish(bool valid) => valid ? ParseStatus.Done : ParseStatus.Invalid;

    /// <summary>Walks the records until the handshake message is complete.</summary>
    private static ParseStatus TryFindMessage(ReadOnlySpan<byte> bytes, out (int Count, int MessageLength) records)
    {
        records = default;
        Span<byte> head = stackalloc byte[HandshakeHeaderLength];
        var headLength = 0;
        long collected = 0;
        for (var rest = bytes; ;)
        {
            if (!IsRecordHeaderPrefix(rest))
            {
                return ParseStatus.Invalid;
            }

            if (rest.Length < RecordHeaderLength)
            {
                return ParseStatus.NeedMore;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(rest[3..]);
            if (length is 0 or > MaxFragmentLength)
            {
                // RFC 8446, 5.1: handshake fragments are never empty and never larger.
                return ParseStatus.Invalid;
            }

            var fragment = rest.Slice(RecordHeaderLength, Math.Min(length, rest.Length - RecordHeaderLength));
            var headPart = fragment[..Math.Min(fragment.Length, HandshakeHeaderLength - headLength)];
            headPart.CopyTo(head[headLength..]);
            headLength += headPart.Length;
            if (headLength > 0 && head[0] != ClientHelloMessage)
            {
                return ParseStatus.Invalid;
            }

            var messageLength = (head[1] << 16) | (head[2] << 8) | head[3];
            if (headLength == HandshakeHeaderLength && messageLength > MaxLength)
            {
                return ParseStatus.Invalid;
            }

            if (fragment.Length < length)
            {
                return ParseStatus.NeedMore;
            }

            records.Count++;
            collected += length;
            if (headLength == HandshakeHeaderLength && collected >= HandshakeHeaderLength + messageLength)
            {
                records.MessageLength = messageLength;

                // A client has nothing more to say before the server answered.
                return collected == HandshakeHeaderLength + messageLength ? ParseStatus.Done : ParseStatus.Invalid;
            }

            rest = rest[(RecordHeaderLength + length)..];
        }
    }

    private static bool IsRecordHeaderPrefix(ReadOnlySpan<byte> bytes) =>
        (bytes.Length < 1 || bytes[0] == HandshakeRecord)
        && (bytes.Length < 2 || bytes[1] == 3)
        && (bytes.Length < 3 || bytes[2] <= 4);

    private static void Join(ReadOnlySpan<byte> bytes, int count, Span<byte> target)
    {
        for (var i = 0; i < count; i++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            bytes.Slice(RecordHeaderLength, length).CopyTo(target);
            target = target[length..];
            bytes = bytes[(RecordHeaderLength + length)..];
        }
    }
}
