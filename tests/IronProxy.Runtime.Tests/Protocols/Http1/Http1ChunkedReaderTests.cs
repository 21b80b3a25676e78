using System.Text;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Http1;

namespace IronProxy.Runtime.Tests.Protocols.Http1;

public sealed class Http1ChunkedReaderTests
{
    private const string Typical = "5\r\nhello\r\n0007;name=\"value\"\r\n, world\r\n0\r\nExpires: never\r\nx-sum: 1\r\n\r\n";

    [Fact]
    public void A_body_is_read_in_pieces_of_any_size_into_room_of_any_size()
    {
        for (var piece = 1; piece <= Typical.Length; piece++)
        {
            foreach (var room in new[] { 1, 3, 64 })
            {
                var reader = new Http1ChunkedReader();
                Assert.Equal((ParseStatus.Done, "hello, world", Typical.Length), Read(reader, Typical, piece, room));
                Assert.Equal(["Expires: never", "x-sum: 1"], reader.Trailers.Select(t => $"{t.Key}: {t.Value}"));
            }
        }
    }

    [Fact]
    public void No_prefix_is_complete()
    {
        for (var length = 0; length < Typical.Length; length++)
        {
            Assert.Equal(ParseStatus.NeedMore, Read(new Http1ChunkedReader(), Typical[..length], piece: 7, room: 64).Status);
        }
    }

    [Fact]
    public void What_follows_the_body_is_left()
    {
        var (status, body, consumed) = Read(new Http1ChunkedReader(), "1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK", piece: 64, room: 64);
        Assert.Equal((ParseStatus.Done, "a", 11), (status, body, consumed));
    }

    [Theory]
    [InlineData("\r\nhello")]
    [InlineData(";a\r\nhello")]
    [InlineData("+5\r\nhello")]
    [InlineData("0x5\r\nhello")]
    [InlineData(" 5\r\nhello")]
    [InlineData("5 \r\nhello")]
    [InlineData("5\nhello\r\n")]
    [InlineData("5\r\rhello")]
    [InlineData("5\r\nhello!\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r0\r\n\r\n")]
    [InlineData("1234567890123456\r\n")]
    [InlineData("ffffffffffffffff\r\n")]
    [InlineData("5;a\nb\r\nhello")]
    [InlineData("5;a\0\r\nhello")]
    [InlineData("0\r\n\n")]
    [InlineData("0\r\nA: b\n\r\n")]
    [InlineData("0\r\nA : b\r\n\r\n")]
    [InlineData("0\r\n A: b\r\n\r\n")]
    [InlineData("0\r\nNoColon\r\n\r\n")]
    [InlineData("0\r\nA: b\0\r\n\r\n")]
    [InlineData("0\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("0\r\ntransfer-encoding: chunked\r\n\r\n")]
    public void What_two_readers_could_understand_differently_is_no_body(string text) =>
        Assert.Equal(ParseStatus.Invalid, Read(new Http1ChunkedReader(), text, piece: 1, room: 64).Status);

    [Fact]
    public void Trailers_and_extensions_have_a_limit()
    {
        var trailer = "A: " + new string('b', Http1ChunkedReader.MaxTrailerLength);
        Assert.Equal(ParseStatus.Invalid, Read(new Http1ChunkedReader(), "0\r\n" + trailer, piece: 64, room: 64).Status);
        var extension = ";" + new string('b', Http1ChunkedReader.MaxExtensionLength + 1);
        Assert.Equal(ParseStatus.Invalid, Read(new Http1ChunkedReader(), "5" + extension, piece: 64, room: 64).Status);
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = new Random(20261129);
        var valid = Encoding.Latin1.GetBytes(Typical);
        for (var i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. valid];
            for (var faults = random.Next(1, 5); faults > 0; faults--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var (_, body, consumed) = Read(new Http1ChunkedReader(), Encoding.Latin1.GetString(bytes), random.Next(1, 20), random.Next(1, 20));
            Assert.InRange(consumed, body.Length, bytes.Length);
        }
    }

    private static (ParseStatus Status, string Body, int Consumed) Read(Http1ChunkedReader reader, string text, int piece, int room)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var body = new StringBuilder();
        var destination = new byte[room];
        var at = 0;
        var available = 0;
        while (true)
        {
            available = Math.Max(available, Math.Min(bytes.Length, at + piece));
            var status = reader.Read(bytes.AsSpan(at, available - at), destination, out var consumed, out var written);
            body.Append(Encoding.Latin1.GetString(destination, 0, written));
            at += consumed;
            if (status != ParseStatus.NeedMore || (at == bytes.Length && written < room))
            {
                return (status, body.ToString(), at);
            }
        }
    }
}
