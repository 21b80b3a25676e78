using System.Buffers;
using System.Text;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Http1;

namespace IronProxy.Runtime.Tests.Protocols.Http1;

public sealed class ChunkedBodyReaderTests
{
    private const string Typical = "5;name=value;flag;q=\"a\\\" b\"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nX-Empty:\r\n\r\n";

    [Theory]
    [InlineData("0\r\n\r\n")]
    [InlineData("1\r\na\r\n0\r\n\r\n")]
    [InlineData("000000000000001\r\na\r\n0\r\n\r\n")]
    [InlineData("2\r\n\r\n\r\n0\r\n\r\n")]
    [InlineData("0\r\nA: b\tc\r\n\r\n")]
    [InlineData("1;a\r\nx\r\n0;b=\"\"\r\n\r\n")]
    [InlineData(Typical)]
    public void A_body_ends_with_its_last_byte(string body)
    {
        Assert.Equal(ParseStatus.Done, Read(body + "GET / HTTP/1.1\r\n", out var consumed));
        Assert.Equal(body.Length, consumed);
    }

    [Fact]
    public void Every_prefix_in_every_cut_needs_more() =>
        EveryCut.NeedsMoreUntilComplete(Encoding.ASCII.GetBytes(Typical), buffer => Read(buffer, out _));

    [Theory]
    [InlineData("\r\n")]
    [InlineData("g\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("+1\r\n")]
    [InlineData("0x1\r\n")]
    [InlineData(" 1\r\n")]
    [InlineData("1 \r\n")]
    [InlineData("0000000000000001\r\n")]
    [InlineData("FFFFFFFFFFFFFFFF\r\n")]
    [InlineData("1\n")]
    [InlineData("1\ra")]
    [InlineData("1;\r\n")]
    [InlineData("1; a\r\n")]
    [InlineData("1 ;a\r\n")]
    [InlineData("1;;a\r\n")]
    [InlineData("1;a=\r\n")]
    [InlineData("1;a=b=c\r\n")]
    [InlineData("1;a b\r\n")]
    [InlineData("1;a\n")]
    [InlineData("1;a\u0001\r\n")]
    [InlineData("1;a=\"b\n")]
    [InlineData("1;a=\"b\r\n")]
    [InlineData("1;a=\"b\\\u0000")]
    [InlineData("1;a=\"b\"c\r\n")]
    [InlineData("1\r\nab")]
    [InlineData("1\r\na\n")]
    [InlineData("1\r\na\r\r")]
    [InlineData("0\r\n\n")]
    [InlineData("0\r\na\r\n")]
    [InlineData("0\r\na: b\n")]
    [InlineData("0\r\n: b\r\n")]
    [InlineData("0\r\na : b\r\n")]
    [InlineData("0\r\n a: b\r\n")]
    [InlineData("0\r\na: b\u0000\r\n")]
    [InlineData("0\r\na: b\r\r\n")]
    public void What_readers_differ_about_is_refused_at_its_first_wrong_byte(string body)
    {
        for (var length = 0; length < body.Length; length++)
        {
            if (Read(body[..length], out _) == ParseStatus.Invalid)
            {
                return;
            }
        }

        Assert.Equal(ParseStatus.Invalid, Read(body, out _));
    }

    [Fact]
    public void Extensions_and_trailers_are_bounded_over_the_whole_body()
    {
        var extension = new string('a', ChunkedBodyReader.MaxIgnored / 2);
        Assert.Equal(ParseStatus.Done, Read($"1;{extension}\r\nx\r\n0\r\n\r\n", out _));
        Assert.Equal(ParseStatus.Invalid, Read($"1;{extension}\r\nx\r\n1;{extension}\r\nx\r\n0\r\n\r\n", out _));
        Assert.Equal(ParseStatus.Invalid, Read($"0\r\nA: {extension}\r\nB: {extension}\r\n\r\n", out _));
    }

    [Fact]
    public void Data_is_skipped_whatever_it_holds()
    {
        var data = string.Concat(Enumerable.Range(0, 256).Select(i => (char)i));
        Assert.Equal(ParseStatus.Done, Read($"100\r\n{data}\r\n0\r\n\r\n", out _));
    }

    private static ParseStatus Read(string body, out int consumed) =>
        new ChunkedBodyReader().Read(Encoding.Latin1.GetBytes(body), out consumed);

    private static ParseStatus Read(ReadOnlySequence<byte> body, out int consumed)
    {
        var reader = new ChunkedBodyReader();
        var status = ParseStatus.NeedMore;
        consumed = 0;
        foreach (var segment in body)
        {
            status = reader.Read(segment.Span, out var read);
            consumed += read;
        }

        return status;
    }
}
