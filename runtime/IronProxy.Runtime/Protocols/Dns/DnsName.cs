using System.Text;

namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>
/// Names between the wire and text (RFC 1035, 3.1 and 4.1.4). Text has no trailing dot, so the root is empty; bytes that
/// could be mistaken are written as <c>\DDD</c> (RFC 1035, 5.1), which no host name has.
/// </summary>
public static class DnsName
{
    /// <summary>RFC 1035, 2.3.4: the longest name on the wire, the final zero included.</summary>
    public const int MaxWireLength = 255;

    private const int MaxLabelLength = 63;
    private const int MaxTextLength = MaxWireLength * 4;
    private const int MaxJumps = 32;
    private const int PointerMark = 0xC0;

    /// <summary>Reads a name.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="start">Where the name begins.</param>
    /// <param name="allowPointers">Whether the name may be compressed.</param>
    /// <param name="name">The name, its letters as they came.</param>
    /// <param name="length">How many bytes it takes at its place.</param>
    public static ParseStatus TryRead(ReadOnlySpan<byte> message, int start, bool allowPointers, out string name, out int length)
    {
        name = "";
        length = 0;
        Span<char> text = stackalloc char[MaxTextLength];
        var count = 0;
        var wireLength = 1;
        var jumps = 0;
        var at = start;
        var before = start;
        while (at < message.Length)
        {
            int mark = message[at];
            if (mark == 0)
            {
                length = jumps == 0 ? at + 1 - start : length;
                name = new string(text[..count]);
                return ParseStatus.Done;
            }

            if ((mark & PointerMark) == PointerMark)
            {
                if (!allowPointers)
                {
                    return ParseStatus.Invalid;
                }

                if (at + 1 >= message.Length)
                {
                    return ParseStatus.NeedMore;
                }

                // Each pointer goes further back than the one before, so that none can circle.
                var target = ((mark & ~PointerMark) << 8) | message[at + 1];
                if (target >= before || target < DnsHeader.Length || jumps == MaxJumps)
                {
                    return ParseStatus.Invalid;
                }

                length = jumps == 0 ? at + 2 - start : length;
                jumps++;
                before = target;
                at = target;
                continue;
            }

            wireLength += 1 + mark;
            if (mark > MaxLabelLength || wireLength > MaxWireLength)
            {
                return ParseStatus.Invalid;
            }

            if (at + 1 + mark > message.Length)
            {
                return ParseStatus.NeedMore;
            }

            if (count > 0)
            {
                text[count++] = '.';
            }

            count += Escape(message.Slice(at + 1, mark), text[count..]);
            at += 1 + mark;
        }

        return ParseStatus.NeedMore;
    }

    /// <summary>Writes a name without compression.</summary>
    /// <returns>False when the text is no name that can be written without escapes, or does not fit.</returns>
    public static bool TryWrite(ReadOnlySpan<char> name, Span<byte> target, out int written)
    {
        written = 0;
        if (!name.IsEmpty)
        {
            foreach (var range in name.Split('.'))
            {
                var label = name[range];
                if (label.IsEmpty || label.Length > MaxLabelLength || label.Contains('\\') || !Ascii.IsValid(label)
                    || written + 1 + label.Length + 1 > Math.Min(target.Length, MaxWireLength))
                {
                    return false;
                }

                target[written] = (byte)label.Length;
                Encoding.ASCII.GetBytes(label, target[(written + 1)..]);
                written += 1 + label.Length;
            }
        }

        if (target.Length <= written)
        {
            return false;
        }

        target[written++] = 0;
        return true;
    }

    private static int Escape(ReadOnlySpan<byte> label, Span<char> text)
    {
        var count = 0;
        foreach (var b in label)
        {
            if (b is > (byte)' ' and < 0x7F and not (byte)'.' and not (byte)'\\')
            {
                text[count++] = (char)b;
                continue;
            }

            text[count++] = '\\';
            text[count++] = (char)('0' + (b / 100));
            text[count++] = (char)('0' + (b / 10 % 10));
            text[count++] = (char)('0' + (b % 10));
        }

        return count;
    }
}
