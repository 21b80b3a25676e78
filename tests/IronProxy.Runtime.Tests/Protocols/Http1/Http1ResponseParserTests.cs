using System.Buffers;
using System.Text;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Http1;

namespace IronProxy.Runtime.Tests.Protocols.Http1;

public sealed class Http1ResponseParserTests
{
    private const string Typical = "HTTP/1.1 200 OK\r\nServer: x\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 5\r\n\r\n";

    [Fact]
    public void Lines_keep_their_names_values_and_order()
    {
        Assert.Equal(ParseStatus.Done, Parse(Typical + "hello", out var head, out var consumed));
        Assert.Equal(Typical.Length, consumed);
        Assert.Equal(200, head!.Status);
        Assert.Equal(5, head.ContentLength);
        Assert.Equal(
            ["Server: x", "Set-Cookie: a=1", "set-cookie: b=2", "Content-Length: 5"],
            head.Headers.Select(h => $"{h.Key}: {h.Value}"));
    }

    [Fact]
    public void Every_prefix_in_every_cut_needs_more() => EveryCut.NeedsMoreUntilComplete(Encoding.ASCII.GetBytes(Typical), Parse);

    [Fact]
    public void What_was_looked_through_is_not_looked_through_again()
    {
        var bytes = Encoding.ASCII.GetBytes(Typical);
        var examined = 0;
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(ParseStatus.NeedMore, Http1ResponseParser.TryParse(bytes.AsSpan(0, length), ref examined, out _, out _));
            Assert.Equal(length, examined);
        }

        Assert.Equal(ParseStatus.Done, Http1ResponseParser.TryParse(bytes, ref examined, out _, out var consumed));
        Assert.Equal(bytes.Length, consumed);
    }

    [Theory]
    [InlineData("HTTP/1.1 200\r\n\r\n", 200)] // The phrase and the blank before it are left out by some.
    [InlineData("HTTP/1.1 200 \r\n\r\n", 200)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", 100)]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 103)]
    [InlineData("HTTP/1.0 599 \u00e9\r\n\r\n", 599)]
    [InlineData("HTTP/1.1 200 OK\r\nEmpty:\r\nPadded: \t a \t\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", 200)]
    public void What_has_one_meaning_is_read(string text, int status)
    {
        Assert.Equal(ParseStatus.Done, Parse(text, out var head, out _));
        Assert.Equal(status, head!.Status);
    }

    [Theory]
    [InlineData("HTTP/1.1 0 x\r\n\r\n")]
    [InlineData("HTTP/1.1 000 x\r\n\r\n")]
    [InlineData("HTTP/1.1 99 x\r\n\r\n")]
    [InlineData("HTTP/1.1 099 x\r\n\r\n")]
    [InlineData("HTTP/1.1 600 x\r\n\r\n")]
    [InlineData("HTTP/1.1 999 x\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 x\r\n\r\n")]
    [InlineData("HTTP/1.1 20x x\r\n\r\n")]
    [InlineData("HTTP/1.1 +20 x\r\n\r\n")]
    [InlineData("HTTP/1.1  200 x\r\n\r\n")]
    [InlineData("HTTP/1.1\t200 x\r\n\r\n")]
    [InlineData("HTTP/1.1 200\tOK\r\n\r\n")]
    [InlineData("HTTP/1.1\r\n\r\n")]
    [InlineData("HTTP/1.2 200 x\r\n\r\n")]
    [InlineData("HTTP/2.0 200 x\r\n\r\n")]
    [InlineData("http/1.1 200 x\r\n\r\n")]
    [InlineData("\r\nHTTP/1.1 200 x\r\n\r\n")]
    [InlineData("220 mail.example.com ESMTP\r\n")]
    [InlineData("HTTP/1.1 200 a\0b\r\n\r\n")]
    [InlineData("HTTP/1.1 200 a\rb\r\n\r\n")]
    // Lines end with CR LF.
    [InlineData("HTTP/1.1 200 OK\n\n")]
    [InlineData("HTTP/1.1 200 OK\nA: b")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n\n")]
    // Header lines are a token, a colon and a value.
    [InlineData("HTTP/1.1 200 OK\r\nA : b\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n A: b\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n: b\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nNoColon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA\u00e9: b\r\n\r\n")]
    // A body has one end.
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1234567890123456789\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: \u000bchunked\r\n\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public void What_two_readers_could_understand_differently_is_no_response(string text)
    {
        Assert.Equal(ParseStatus.Invalid, Parse(text, out var head, out var consumed));
        Assert.Null(head);
        Assert.Equal(0, consumed);
    }

    [Fact]
    public void A_head_of_128_kilobytes_is_read_and_a_longer_one_is_not()
    {
        const string start = "HTTP/1.1 200 OK\r\nX-Filler: ";
        const string end = "\r\n\r\n";
        var filler = new string('x', Http1ResponseParser.MaxHeadLength - start.Length - end.Length);
        Assert.Equal(ParseStatus.Done, Parse(start + filler + end, out _, out _));
        Assert.Equal(ParseStatus.NeedMore, Parse(start + filler, out _, out _));
        Assert.Equal(ParseStatus.Invalid, Parse(start + filler + "x" + end, out _, out _));
        Assert.Equal(ParseStatus.Invalid, Parse(start + filler + "xxxx", out _, out _));
    }

    [Fact]
    public void Two_hundred_lines_are_read_and_one_more_is_not()
    {
        var lines = string.Concat(Enumerable.Repeat("A: b\r\n", Http1ResponseParser.MaxHeaders));
        Assert.Equal(ParseStatus.Done, Parse($"HTTP/1.1 200 OK\r\n{lines}\r\n", out _, out _));
        Assert.Equal(ParseStatus.Invalid, Parse($"HTTP/1.1 200 OK\r\n{lines}A: b\r\n\r\n", out _, out _));
    }

    [Theory]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", nameof(Http1BodyKind.Length), true)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", nameof(Http1BodyKind.None), true)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", nameof(Http1BodyKind.Chunked), true)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\n\r\n", nameof(Http1BodyKind.UntilClose), false)]
    [InlineData("GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", nameof(Http1BodyKind.Length), false)]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: a, Close\r\n\r\n", nameof(Http1BodyKind.Length), false)]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", nameof(Http1BodyKind.None), true)]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\n\r\n", nameof(Http1BodyKind.None), true)]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", nameof(Http1BodyKind.None), true)]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n", nameof(Http1BodyKind.None), true)]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", nameof(Http1BodyKind.None), false)]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", nameof(Http1BodyKind.None), false)]
    [InlineData("GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", nameof(Http1BodyKind.None), true)]
    [InlineData("GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\n", nameof(Http1BodyKind.None), false)]
    public void The_end_of_the_body_and_of_the_connection_follow_from_the_head(string method, string text, string kind, bool keeps)
    {
        Parse(text, out var head, out _);
        Assert.Equal((kind, keeps), (head!.BodyKind(method).ToString(), head.KeepsConnection(method)));
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        EveryCut.SurvivesRandomBytes(Encoding.ASCII.GetBytes(Typical), buffer =>
        {
            var examined = 0;
            var status = Http1ResponseParser.TryParse(buffer.ToArray(), ref examined, out var head, out var consumed);
            Assert.Equal(status == ParseStatus.Done, head is not null);
            Assert.Equal(status == ParseStatus.Done, consumed > 0);
            Assert.InRange(examined, 0, (int)buffer.Length);
        });

    private static ParseStatus Parse(ReadOnlySequence<byte> buffer)
    {
        var examined = 0;
        return Http1ResponseParser.TryParse(buffer.ToArray(), ref examined, out _, out _);
    }

    private static ParseStatus Parse(string text, out Http1ResponseHead? head, out int consumed)
    {
        var examined = 0;
        return Http1ResponseParser.TryParse(Encoding.Latin1.GetBytes(text), ref examined, out head, out consumed);
    }
}
