using System.Buffers;
using System.Text;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Connect;

namespace IronProxy.Runtime.Tests.Protocols.Connect;

public sealed class ConnectRequestParserTests
{
    private const string Typical = "CONNECT api.openai.com:443 HTTP/1.1\r\nHost: api.openai.com:443\r\nUser-Agent: curl/8\r\n\r\n";

    [Theory]
    [InlineData(Typical, "api.openai.com", 443)]
    [InlineData("CONNECT API.OpenAI.com.:443 HTTP/1.1\r\n\r\n", "api.openai.com", 443)]
    [InlineData("CONNECT a.example:80 HTTP/1.0\r\n\r\n", "a.example", 80)]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nHost: A.Example\r\n\r\n", "a.example", 443)]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nhOST:\ta.example \r\n\r\n", "a.example", 443)]
    [InlineData("CONNECT [2001:DB8::1]:8443 HTTP/1.1\r\nHost: [2001:db8:0::1]:8443\r\n\r\n", "2001:db8::1", 8443)]
    [InlineData("CONNECT 10.0.0.5:443 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "10.0.0.5", 443)]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nProxy-Connection:\r\n\r\n", "a.example", 443)]
    public void A_destination_is_read_in_its_canonical_form(string head, string host, int port)
    {
        Assert.Equal(ParseStatus.Done, Parse(head, out var request, out var reason, out var consumed));
        Assert.Null(reason);
        Assert.Equal(host, request.Target.Host.Text);
        Assert.Equal(port, request.Target.Port);
        Assert.Equal(head.Length, consumed);
    }

    [Fact]
    public void The_target_and_the_host_are_kept_as_they_came()
    {
        Parse("CONNECT A.example:443 HTTP/1.1\r\nHost: a.EXAMPLE\r\n\r\n", out var request, out _, out _);
        Assert.Equal("A.example:443", request.RawTarget);
        Assert.Equal("a.EXAMPLE", request.RawHost);
    }

    [Fact]
    public void Every_prefix_in_every_cut_needs_more() =>
        EveryCut.NeedsMoreUntilComplete(Encoding.ASCII.GetBytes(Typical), buffer => Parse(buffer, out _, out _, out _));

    [Fact]
    public void Bytes_behind_the_head_are_left_for_the_tunnel()
    {
        Assert.Equal(ParseStatus.Done, Parse(Typical + "\x16\x03\x01\n\n", out _, out _, out var consumed));
        Assert.Equal(Typical.Length, consumed);
    }

    [Theory]
    // The request line has one spelling.
    [InlineData("CONNECT  a.example:443 HTTP/1.1\r\n\r\n", "malformed_request")]
    [InlineData("CONNECT a.example:443  HTTP/1.1\r\n\r\n", "malformed_request")]
    [InlineData("CONNECT a.example:443 HTTP/1.1 \r\n\r\n", "malformed_request")]
    [InlineData("CONNECT\ta.example:443 HTTP/1.1\r\n\r\n", "malformed_request")]
    [InlineData("CONNECT a.example:443\r\n\r\n", "malformed_request")]
    [InlineData("CONNECT a.example:443 HTTP/2.0\r\n\r\n", "malformed_request")]
    [InlineData("CONNECT a.example:443 http/1.1\r\n\r\n", "malformed_request")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\r\n\r\n", "malformed_request")]
    [InlineData("connect a.example:443 HTTP/1.1\r\n\r\n", "malformed_request")]
    [InlineData("GET http://a.example/ HTTP/1.1\r\n\r\n", "malformed_request")]
    [InlineData("\r\nCONNECT a.example:443 HTTP/1.1\r\n\r\n", "malformed_request")]
    [InlineData("CONNECT a.ex\x01mple:443 HTTP/1.1\r\n\r\n", "malformed_request")]
    [InlineData("CONNECT a\u00e4.example:443 HTTP/1.1\r\n\r\n", "malformed_request")]
    // Lines end with CR LF.
    [InlineData("CONNECT a.example:443 HTTP/1.1\n\n", "malformed_request")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nA: b\n\r\n", "malformed_request")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nA: b\r\n\n", "malformed_request")]
    // The target is an authority with a port.
    [InlineData("CONNECT a.example HTTP/1.1\r\n\r\n", "invalid_port")]
    [InlineData("CONNECT a.example: HTTP/1.1\r\n\r\n", "invalid_port")]
    [InlineData("CONNECT a.example:0 HTTP/1.1\r\n\r\n", "invalid_port")]
    [InlineData("CONNECT a.example:65536 HTTP/1.1\r\n\r\n", "invalid_port")]
    [InlineData("CONNECT a.example:+443 HTTP/1.1\r\n\r\n", "invalid_port")]
    [InlineData("CONNECT :443 HTTP/1.1\r\n\r\n", "missing_host")]
    [InlineData("CONNECT user@a.example:443 HTTP/1.1\r\n\r\n", "invalid_host")]
    [InlineData("CONNECT a.example/:443 HTTP/1.1\r\n\r\n", "invalid_host")]
    [InlineData("CONNECT 127.1:443 HTTP/1.1\r\n\r\n", "ambiguous_address")]
    [InlineData("CONNECT http://a.example:443 HTTP/1.1\r\n\r\n", "invalid_port")]
    // Host repeats the target.
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nHost: b.example\r\n\r\n", "authority_mismatch")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:80\r\n\r\n", "authority_mismatch")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n\r\n", "malformed_request")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nHost:\r\n\r\n", "missing_host")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nHost: a example\r\n\r\n", "invalid_host")]
    // Headers are well-formed.
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nHost : a.example\r\n\r\n", "invalid_header")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "invalid_header")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\n Host: a.example\r\n\r\n", "invalid_header")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\n: b\r\n\r\n", "invalid_header")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nNoColon\r\n\r\n", "invalid_header")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nA: b\rc\r\n\r\n", "invalid_header")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nA: b\0c\r\n\r\n", "invalid_header")]
    // A CONNECT has no body.
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n", "ambiguous_framing")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 00\r\n\r\n", "ambiguous_framing")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", "ambiguous_framing")]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "ambiguous_framing")]
    public void What_two_readers_could_take_for_two_requests_is_refused(string head, string reason)
    {
        Assert.Equal(ParseStatus.Invalid, Parse(head, out _, out var refused, out var consumed));
        Assert.Equal(reason, refused!.Code);
        Assert.Equal(0, consumed);
    }

    [Fact]
    public void A_refused_request_keeps_its_target_for_the_audit_record()
    {
        Parse("CONNECT a_b..example:443 HTTP/1.1\r\n\r\n", out var request, out var reason, out _);
        Assert.Equal(Reason.InvalidHost, reason);
        Assert.Equal("a_b..example:443", request.RawTarget);
    }

    [Fact]
    public void A_head_of_16_kilobytes_is_read_and_a_longer_one_is_not()
    {
        const string start = "CONNECT a.example:443 HTTP/1.1\r\nX-Filler: ";
        const string end = "\r\n\r\n";
        var filler = new string('x', ConnectRequestParser.MaxHeadLength - start.Length - end.Length);
        Assert.Equal(ParseStatus.Done, Parse(start + filler + end, out _, out _, out _));
        Assert.Equal(ParseStatus.NeedMore, Parse(start + filler, out _, out _, out _));
        Assert.Equal(ParseStatus.Invalid, Parse(start + filler + "x" + end, out _, out var reason, out _));
        Assert.Equal(Reason.HeadTooLarge, reason);
    }

    [Fact]
    public void A_bare_line_feed_is_refused_before_the_head_is_complete()
    {
        Assert.Equal(ParseStatus.Invalid, Parse("CONNECT a.example:443 HTTP/1.1\nHost", out _, out var reason, out _));
        Assert.Equal(Reason.MalformedRequest, reason);
    }

    [Theory]
    [InlineData("CONNECT a.example:443 HTTP/1.1\r\n", true)]
    [InlineData("CONNECTED / HTTP/1.1\r\n", false)]
    [InlineData("GET / HTTP/1.1\r\n", false)]
    public void Connect_is_told_from_other_methods(string head, bool expected) =>
        Assert.Equal(expected, ConnectRequestParser.IsConnect(EveryCut.Bytewise(Encoding.ASCII.GetBytes(head))));

    [Fact]
    public void Random_bytes_never_throw() =>
        EveryCut.SurvivesRandomBytes(Encoding.ASCII.GetBytes(Typical), buffer =>
        {
            var status = Parse(buffer, out var request, out var reason, out var consumed);
            Assert.Equal(status == ParseStatus.Invalid, reason is not null);
            Assert.Equal(status == ParseStatus.Done, consumed > 0);
            Assert.Equal(status == ParseStatus.Done, request.Target.Port is not null);
        });

    private static ParseStatus Parse(string head, out ConnectRequest request, out Reason? reason, out long consumed) =>
        Parse(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(head)), out request, out reason, out consumed);

    private static ParseStatus Parse(ReadOnlySequence<byte> buffer, out ConnectRequest request, out Reason? reason, out long consumed)
    {
        var reader = new SequenceReader<byte>(buffer);
        var status = ConnectRequestParser.TryParse(ref reader, out request, out reason);
        consumed = reader.Consumed;
        return status;
    }
}
