using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using IronProxy.Plan;

namespace IronProxy.Runtime.Protocols.WebSocket;

/// <summary>What stands before the payload of a frame (RFC 6455, 5.2), without extensions: none was agreed on.</summary>
/// <param name="IsFinal">Whether it is the last frame of its message.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Length">Length of its payload in bytes.</param>
/// <param name="Mask">Its masking key, first byte lowest; null when the payload is not masked.</param>
internal readonly record struct FrameHeader(bool IsFinal, FrameKind Kind, long Length, uint? Mask)
{
    /// <summary>The most bytes that it takes.</summary>
    public const int MaxSize = 14;

    /// <summary>The most bytes of payload in a control frame (RFC 6455, 5.5).</summary>
    public const int MaxControlLength = 125;

    private const int MaskSize = 4;
    private const byte Final = 0x80;
    private const byte Reserved = 0x70;
    private const byte Opcode = 0x0F;
    private const byte Masked = 0x80;
    private const byte TwoByteLength = 126;
    private const byte EightByteLength = 127;

    /// <summary>Whether it may come inside of a message.</summary>
    public bool IsControl => Kind >= FrameKind.Close;

    /// <summary>Reads one.</summary>
    /// <param name="bytes">What came, from its first byte on.</param>
    /// <param name="masked">Whether its sender masks: a client must, and a server must not (RFC 6455, 5.1).</param>
    /// <param name="header">The header.</param>
    /// <param name="size">How many bytes it took.</param>
    public static ParseStatus TryParse(ReadOnlySpan<byte> bytes, bool masked, out FrameHeader header, out int size)
    {
        header = default;
        size = 0;
        if (bytes.Length < 2)
        {
            return bytes.IsEmpty || IsOpening(bytes[0]) ? ParseStatus.NeedMore : ParseStatus.Invalid;
        }

        var kind = (FrameKind)(bytes[0] & Opcode);
        var isFinal = (bytes[0] & Final) != 0;
        var shortLength = bytes[1] & ~Masked & 0xFF;
        if (!IsOpening(bytes[0]) || (bytes[1] & Masked) != 0 != masked || (kind >= FrameKind.Close && shortLength > MaxControlLength))
        {
            return ParseStatus.Invalid;
        }

        var lengthSize = shortLength switch { TwoByteLength => sizeof(ushort), EightByteLength => sizeof(ulong), _ => 0 };
        var whole = 2 + lengthSize + (masked ? MaskSize : 0);
        if (bytes.Length < whole)
        {
            return ParseStatus.NeedMore;
        }

        var length = shortLength switch
        {
            TwoByteLength => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            EightByteLength => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            _ => shortLength,
        };

        // RFC 6455, 5.2: the shortest way to write it, and the first bit of eight bytes is 0.
        if ((lengthSize == sizeof(ushort) && length < TwoByteLength) || (lengthSize == sizeof(ulong) && length <= ushort.MaxValue))
        {
            return ParseStatus.Invalid;
        }

        header = new FrameHeader(isFinal, kind, length, masked ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(2 + lengthSize)..]) : null);
        size = whole;
        return ParseStatus.Done;
    }

    /// <summary>Masks, or unmasks, a part of a payload (RFC 6455, 5.3).</summary>
    /// <param name="bytes">The part.</param>
    /// <param name="mask">The masking key.</param>
    /// <param name="offset">How many bytes of the payload are before it.</param>
    public static void ApplyMask(Span<byte> bytes, uint mask, long offset)
    {
        var turned = BitConverter.IsLittleEndian
            ? BitOperations.RotateRight(mask, 8 * (int)(offset % MaskSize))
            : BinaryPrimitives.ReverseEndianness(BitOperations.RotateRight(mask, 8 * (int)(offset % MaskSize)));
        var words = MemoryMarshal.Cast<byte, uint>(bytes);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] ^= turned;
        }

        for (var i = words.Length * MaskSize; i < bytes.Length; i++)
        {
            bytes[i] ^= (byte)(mask >> (8 * (int)((offset + i) % MaskSize)));
        }
    }

    /// <summary>Writes it.</summary>
    /// <param name="destination">Where to; <see cref="MaxSize"/> bytes are enough.</param>
    /// <returns>How many bytes were written.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)((IsFinal ? Final : 0) | (byte)Kind);
        var masked = Mask is null ? (byte)0 : Masked;
        var size = 2;
        if (Length < TwoByteLength)
        {
            destination[1] = (byte)(masked | (byte)Length);
        }
        else if (Length <= ushort.MaxValue)
        {
            destination[1] = (byte)(masked | TwoByteLength);
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)Length);
            size += sizeof(ushort);
        }
        else
        {
            destination[1] = (byte)(masked | EightByteLength);
            BinaryPrimitives.WriteInt64BigEndian(destination[2..], Length);
            size += sizeof(ulong);
        }

        if (Mask is { } mask)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination[size..], mask);
            size += MaskSize;
        }

        return size;
    }

    /// <summary>Whether a frame can begin so: a kind that is known, no bits of extensions, and no control frame in parts.</summary>
    private static bool IsOpening(byte first) => ((first & Reserved) == 0 || !Checks.On(Check.WebSocketFrameBits)) && (FrameKind)(first & Opcode) switch
    {
        FrameKind.Continuation or FrameKind.Text or FrameKind.Binary => true,
        FrameKind.Close or FrameKind.Ping or FrameKind.Pong => (first & Final) != 0,
        _ => false,
    };
}
