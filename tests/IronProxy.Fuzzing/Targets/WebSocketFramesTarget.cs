using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.WebSocket;

namespace IronProxy.Fuzzing.Targets;

/// <summary>
/// Frames of a WebSocket whose messages are inspected, as a client sends them when the first byte is odd, and as a server does. A plain reader and a plain
/// mask are what they are held against.
/// </summary>
internal sealed class WebSocketFramesTarget() : FuzzTarget("websocket-frames")
{
    public override IEnumerable<byte[]> Seeds =>
    [
        [1, 0x81, 0x85, 1, 2, 3, 4, .. new byte[5], 0x89, 0x80, 0, 0, 0, 0, 0x88, 0x82, 9, 9, 9, 9, 3, 0xE8],
        [0, 0x01, 3, .. Bytes.Of("abc"), 0x80, 2, .. Bytes.Of("de"), 0x8A, 0],
        [0, 0x82, 126, 0, 126, .. new byte[126]],
        [1, 0x82, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 5, 6, 7, 8],
    ];

    public override IEnumerable<byte[]> Dictionary =>
        [[0x81, 0x80], [0x82, 126], [0x80, 0], [0x88, 2, 3, 0xE8], [0x89, 0], [0x8A, 125], [126, 0, 126], [126, 0, 125], [127, 0, 0, 0, 0, 0, 1, 0, 0], [127, 0x80, 0, 0, 0, 0, 0, 0, 0], [0xFF]];

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        if (input.Length == 0)
        {
            return;
        }

        var masked = (input[0] & 1) == 1;
        var rest = input.AsSpan(1);
        while (TryReadFrame(rest, masked, cuts, out var header, out var size) && header.Length <= rest.Length - size)
        {
            CheckMask(rest.Slice(size, (int)header.Length), header.Mask ?? 0, cuts);
            rest = rest[(size + (int)header.Length)..];
        }
    }

    private static bool TryReadFrame(ReadOnlySpan<byte> bytes, bool masked, IReadOnlyList<int> cuts, out FrameHeader header, out int size)
    {
        var status = FrameHeader.TryParse(bytes, masked, out header, out size);
        foreach (var cut in cuts)
        {
            var prefix = FrameHeader.TryParse(bytes[..Math.Min(cut, bytes.Length)], masked, out var other, out var otherSize);
            Require(prefix == ParseStatus.NeedMore || (prefix == status && (other, otherSize) == (header, size)), $"What was decided on {cut} bytes holds for more of them");
        }

        if (status != ParseStatus.Done)
        {
            Require(status == ParseStatus.Invalid || bytes.Length < FrameHeader.MaxSize, "A whole header is read or refused");
            return false;
        }

        Require(size <= FrameHeader.MaxSize && header.Length >= 0 && (header.Mask is not null) == masked, "A header is short, and its payload is not negative");
        Require(!header.IsControl || (header.IsFinal && header.Length <= FrameHeader.MaxControlLength), "A control frame is short and whole");
        RequireEqual(PlainLength(bytes), header.Length, "The length is what the bytes say");
        var written = new byte[FrameHeader.MaxSize];
        Require(header.Write(written) == size && written.AsSpan(0, size).SequenceEqual(bytes[..size]), "A header that was read is written as it was: there is one way to write it");
        return true;
    }

    private static long PlainLength(ReadOnlySpan<byte> bytes)
    {
        var first = bytes[1] & 0x7F;
        var length = first < 126 ? first : 0L;
        foreach (var b in bytes.Slice(2, first == 127 ? 8 : first == 126 ? 2 : 0))
        {
            length = (length << 8) | b;
        }

        return length;
    }

    /// <summary>The mask goes round byte by byte, wherever a payload is cut; and twice is not at all.</summary>
    private static void CheckMask(ReadOnlySpan<byte> payload, uint mask, IReadOnlyList<int> cuts)
    {
        var plain = payload.ToArray();
        for (var i = 0; i < plain.Length; i++)
        {
            plain[i] ^= (byte)(mask >> (8 * (i % 4)));
        }

        foreach (var cut in (int[])[0, .. cuts])
        {
            var at = Math.Min(cut, payload.Length);
            var bytes = payload.ToArray();
            FrameHeader.ApplyMask(bytes.AsSpan(0, at), mask, 0);
            FrameHeader.ApplyMask(bytes.AsSpan(at), mask, at);
            Require(bytes.AsSpan().SequenceEqual(plain), $"A payload is unmasked alike when it is cut at {at}");
        }
    }
}
