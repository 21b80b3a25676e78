using System.Buffers;
using System.Text;
using IronProxy.Pipeline;
using IronProxy.Runtime.Protocols.Http1;

namespace IronProxy.Runtime.Tests.Protocols.Http1;

public sealed class Http1RequestWriterTests
{
    [Fact]
    public void Names_values_and_order_are_written_as_given()
    {
        var headers = new HeaderLines();
        headers.Add("x-b", "1");
        headers.Add("x-b", "2");
        headers.Add("aUTHORIZATION", "caf\u00e9");
        headers.Add("Accept", "");
        Assert.Equal(
            "GET /a?b=%20 HTTP/1.1\r\nHost: h:81\r\nx-b: 1\r\nx-b: 2\r\naUTHORIZATION: caf\u00e9\r\nAccept: \r\n\r\n",
            Write("GET", "/a?b=%20", "h:81", headers));
    }

    [Fact]
    public void The_length_is_said_only_when_it_is_known()
    {
        Assert.EndsWith("Host: h\r\nContent-Length: 0\r\n\r\n", Write(length: 0), StringComparison.Ordinal);
        Assert.EndsWith("Host: h\r\nTransfer-Encoding: chunked\r\n\r\n", Write(chunked: true), StringComparison.Ordinal);
        Assert.EndsWith("Host: h\r\n\r\n", Write(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A", "b\r\nEvil: 1")]
    [InlineData("A", "b\nEvil: 1")]
    [InlineData("A", "b\0")]
    [InlineData("A", "\u0100")] // No byte for it: it would be another character on the wire.
    [InlineData("A\r\nEvil", "b")]
    [InlineData("A:", "b")]
    [InlineData("", "b")]
    public void What_would_be_read_as_another_line_is_not_written(string name, string value)
    {
        var headers = new HeaderLines();
        headers.Add(name, value);
        Assert.Null(Write(headers: headers));
    }

    [Theory]
    [InlineData("GET", "/a b", "h")]
    [InlineData("GET", "/a\r\n", "h")]
    [InlineData("GET", "/\u00e9", "h")]
    [InlineData("GET", "a", "h")]
    [InlineData("GET", "", "h")]
    [InlineData("G T", "/", "h")]
    [InlineData("", "/", "h")]
    [InlineData("GET", "/", "h\r\nA: b")]
    public void A_request_line_has_three_parts(string method, string target, string host) => Assert.Null(Write(method, target, host));

    private static string? Write(
        string method = "GET", string target = "/", string host = "h", HeaderLines? headers = null, long? length = null, bool chunked = false)
    {
        var to = new ArrayBufferWriter<byte>();
        return Http1RequestWriter.TryWrite(to, method, target, host, headers ?? new HeaderLines(), length, chunked)
            ? Encoding.Latin1.GetString(to.WrittenSpan)
            : null;
    }
}
