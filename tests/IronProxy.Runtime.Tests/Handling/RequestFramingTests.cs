using IronProxy.Plan;
using IronProxy.Runtime.Handling;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Tests.Handling;

public class RequestFramingTests
{
    [Fact]
    public void A_plain_request_is_fine() =>
        Assert.Null(Check("HTTP/1.1", ("Content-Length", "3"), ("Accept", "*/*")));

    [Fact]
    public void Chunked_is_fine_on_http_1_1() =>
        Assert.Null(Check("HTTP/1.1", ("Transfer-Encoding", "Chunked")));

    [Theory]
    [InlineData("Content-Length")]
    [InlineData("X-Content-Length")] // What the server makes of a length beside chunked.
    public void A_length_beside_chunked_is_ambiguous(string header) =>
        Assert.Equal(Reason.AmbiguousFraming, Check("HTTP/1.1", ("Transfer-Encoding", "chunked"), (header, "3")));

    [Theory]
    [InlineData("HTTP/1.1", "gzip, chunked")]
    [InlineData("HTTP/1.1", "chunked, chunked")]
    [InlineData("HTTP/1.1", "identity")]
    [InlineData("HTTP/1.0", "chunked")]
    public void Only_one_chunked_on_http_1_1_is_a_coding(string protocol, string coding) =>
        Assert.Equal(Reason.UnsupportedTransferCoding, Check(protocol, ("Transfer-Encoding", coding)));

    [Theory]
    [InlineData("Bad Name", "x")]
    [InlineData("X-Ok", "a\u0001b")]
    [InlineData("X-Ok", "a\r\nInjected: b")]
    [InlineData("X-Ok", "a\u007F")]
    public void Names_are_tokens_and_values_have_no_control_characters(string name, string value) =>
        Assert.Equal(Reason.InvalidHeader, Check("HTTP/1.1", (name, value)));

    private static Reason? Check(string protocol, params (string Name, string Value)[] headers)
    {
        var http = new DefaultHttpContext();
        http.Request.Protocol = protocol;
        foreach (var (name, value) in headers)
        {
            http.Request.Headers.Append(name, value);
        }

        return RequestFraming.Check(http.Request);
    }
}
