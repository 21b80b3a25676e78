using System.Buffers;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.WebSocket;

namespace IronProxy.Runtime.Tests.Protocols.WebSocket;

public sealed class FrameHeaderTests
{
    public static TheoryData<string, bool> Valid => new()
    {
        { "8100", false },
        { "0105", false }, // RFC 6455, 5.7: "Hel" of a message in two frames has such a beginning.
        { "8180DEADBEEF", true },
        { "817D", false },
        { "827E007E", false },
        { "827EFFFF", false },
        { "82FEFFFF01020304", true },
        { "827F0000000000010000", false },
        { "82FF7FFFFFFFFFFFFFFF01020304", true },
        { "8000", false },
        { "0000", false },
        { "8800", false },
        { "897D", false },
        { "8AFD00000000", true },
    };

    [Theory]
    [MemberData(nameof(Valid))]
    public void A_header_is_read_and_written_again(string hex, bool masked)
    {
        var bytes = Convert.FromHexString(hex);
        EveryCut.NeedsMoreUntilComplete(bytes, s => FrameHeader.TryParse(s.ToArray(), masked, out _, out _));

        FrameHeader.TryParse([.. bytes, 0xFF, 0xFF], masked, out var header, out var size);
        Span<byte> written = stackalloc byte[FrameHeader.MaxSize];
        Assert.Equal(bytes.Length, size);
        Assert.Equal(hex, Convert.ToHexString(written[..header.Write(written)]));
    }

    [Fact]
    public void Its_parts_are_those_of_the_standard()
    {
        FrameHeader.TryParse(Convert.FromHexString("01FE0100AABBCCDD"), masked: true, out var header, out _);
        Assert.Equal(new FrameHeader(IsFinal: false, FrameKind.Text, 256, 0xDDCCBBAA), header);
        Assert.False(header.IsControl);
    }

    [Theory]
    [InlineData("C1", false)] // A bit of an extension.
    [InlineData("A1", false)]
    [InlineData("91", false)]
    [InlineData("83", false)] // A kind that is not known.
    [InlineData("8B", false)]
    [InlineData("09", false)] // A control frame in parts.
    [InlineData("8180", false)] // A server does not mask,
    [InlineData("8100", true)] // and a client does.
    [InlineData("897E0010", false)] // A long control frame.
    [InlineData("88FF", true)]
    [InlineData("827E007D", false)] // A length that is written longer than it needs to be.
    [InlineData("827F000000000000FFFF", false)]
    [InlineData("827F8000000000000000", false)] // One that has no end.
    public void What_no_frame_begins_with_is_invalid_as_soon_as_it_shows(string hex, bool masked) =>
        Assert.Equal(ParseStatus.Invalid, FrameHeader.TryParse(Convert.FromHexString(hex), masked, out _, out _));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1_000_000_000_001)]
    public void A_part_is_masked_as_if_it_were_the_whole(long offset)
    {
        for (var length = 0; length < 20; length++)
        {
            var bytes = Enumerable.Range(1, length).Select(i => (byte)i).ToArray();
            var expected = bytes.Select((b, i) => (byte)(b ^ (byte)(0xD4C3B2A1 >> (8 * (int)((offset + i) % 4))))).ToArray();
            FrameHeader.ApplyMask(bytes, 0xD4C3B2A1, offset);
            Assert.Equal(expected, bytes);
        }
    }
}
