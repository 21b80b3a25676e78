using System.Buffers;
using System.Text;
using IronProxy.Runtime.Protocols;

namespace IronProxy.Runtime.Tests.Protocols;

public sealed class FirstBytesTests
{
    [Theory]
    [InlineData("\x16\x03\x01", FirstBytesKind.Tls)]
    [InlineData("\x16\x03", FirstBytesKind.Tls)]
    [InlineData("\x05", FirstBytesKind.Socks5)]
    [InlineData("GET / HTTP/1.1\r\n", FirstBytesKind.Http)]
    [InlineData("CONNECT a:1 HTTP/1.1\r\n", FirstBytesKind.Http)]
    [InlineData("VERSION-CONTROL / HTTP/1.1\r\n", FirstBytesKind.Http)]
    [InlineData("ABCDEFGHIJKLMNOPQRST ", FirstBytesKind.Http)]
    [InlineData("", FirstBytesKind.NeedMore)]
    [InlineData("\x16", FirstBytesKind.NeedMore)]
    [InlineData("CONNEC", FirstBytesKind.NeedMore)]
    [InlineData("ABCDEFGHIJKLMNOPQRST", FirstBytesKind.NeedMore)]
    [InlineData("ABCDEFGHIJKLMNOPQRSTU", FirstBytesKind.Unknown)]
    [InlineData("\x16\x02", FirstBytesKind.Unknown)]
    [InlineData("get / HTTP/1.1\r\n", FirstBytesKind.Unknown)]
    [InlineData("GeT / HTTP/1.1\r\n", FirstBytesKind.Unknown)]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", FirstBytesKind.Unknown)]
    [InlineData("GET\t/ HTTP/1.1\r\n", FirstBytesKind.Unknown)]
    [InlineData("\r\nGET / HTTP/1.1\r\n", FirstBytesKind.Unknown)]
    [InlineData(" GET / HTTP/1.1\r\n", FirstBytesKind.Unknown)]
    [InlineData("-GET / HTTP/1.1\r\n", FirstBytesKind.Unknown)]
    [InlineData("\x04\x01", FirstBytesKind.Unknown)]
    [InlineData("\x00", FirstBytesKind.Unknown)]
    public void A_connection_is_known_by_its_first_bytes(string text, FirstBytesKind expected)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        Assert.Equal(expected, FirstBytes.Classify(new ReadOnlySequence<byte>(bytes)));
        Assert.Equal(expected, FirstBytes.Classify(EveryCut.Bytewise(bytes)));
    }

    [Fact]
    public void More_bytes_never_change_an_answer()
    {
        var message = Encoding.ASCII.GetBytes("PROPFIND /a HTTP/1.1\r\nHost: a\r\n\r\n");
        for (var length = 0; length <= message.Length; length++)
        {
            var expected = length < 9 ? FirstBytesKind.NeedMore : FirstBytesKind.Http;
            Assert.Equal(expected, FirstBytes.Classify(new ReadOnlySequence<byte>(message, 0, length)));
        }
    }

    [Fact]
    public void Random_bytes_are_classified_without_an_exception() =>
        EveryCut.SurvivesRandomBytes(Encoding.ASCII.GetBytes("CONNECT a.example:443 HTTP/1.1\r\n\r\n"), buffer =>
        {
            if (buffer.Length > 20)
            {
                Assert.NotEqual(FirstBytesKind.NeedMore, FirstBytes.Classify(buffer));
            }
        });
}
