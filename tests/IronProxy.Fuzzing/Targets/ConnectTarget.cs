using System.Buffers;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Connect;

namespace IronProxy.Fuzzing.Targets;

/// <summary>The head of a CONNECT request.</summary>
internal sealed class ConnectTarget() : FuzzTarget("connect")
{
    public override IEnumerable<byte[]> Seeds => Bytes.OfEach(
        "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n",
        "CONNECT [2001:db8::1]:443 HTTP/1.0\r\nhost: [2001:db8::1]\r\nProxy-Connection: keep-alive\r\nContent-Length: 0\r\n\r\n\u0016\u0003\u0001",
        "CONNECT 192.0.2.1:80 HTTP/1.1\r\nHost: 192.0.2.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n",
        "CONNECT a.example HTTP/1.1\r\n\r\n",
        "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n");

    public override IEnumerable<byte[]> Dictionary => Bytes.OfEach(
        "CONNECT ", " HTTP/1.1\r\n", " HTTP/1.0\r\n", "\r\n\r\n", "\r\n", "\n", "\r", "Host:", "Host: b.example:443\r\n", "Content-Length: 0\r\n", "Content-Length: 1\r\n",
        "Transfer-Encoding: chunked\r\n", "Proxy-Authorization: Basic YTpi\r\n", "basic ", "=", ":443", ":0", ":65536", "[", "]", "[::ffff:127.0.0.1]", "xn--", "%", "@", "\t", " ", "0x7f.1", "127.1", "\u0000");

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var whole = Parse(CutInput.Whole(input));
        foreach (var pieces in CutInput.Pieces(input, cuts))
        {
            RequireEqual(whole, Parse(pieces), "A head is read alike however it is cut");
        }

        foreach (var cut in cuts)
        {
            var prefix = Parse(CutInput.Whole(input[..cut]));
            Require(prefix.Status == ParseStatus.NeedMore || prefix == whole, $"What was decided on {cut} bytes holds for more of them");
        }

        if (whole.Status == ParseStatus.Done)
        {
            Require(ConnectRequestParser.IsConnect(CutInput.Whole(input)), "What is read as CONNECT begins with it");
            RequireEqual(FirstBytesKind.Http, FirstBytes.Classify(CutInput.Whole(input)), "What is CONNECT begins as HTTP");
            var target = whole.Request.Target;
            var written = $"{target.Host.UriText}:{target.Port}";
            Require(CanonicalAuthority.TryParse(written, out var again) is null && again == target, $"A canonical authority is its own canonical form: {written}");
        }
    }

    private static (ParseStatus Status, long Consumed, ConnectRequest Request, string? Username, Reason? Reason) Parse(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        var status = ConnectRequestParser.TryParse(ref reader, out var request, out var reason);
        Require((reason is not null) == (status == ParseStatus.Invalid), "What is refused has a reason, and nothing else has one");
        Require((reader.Consumed > 0) == (status == ParseStatus.Done), "A head is consumed when it is complete, and only then");

        // Credentials have no value to compare, only a user name that they tell; without one they cannot be read.
        return (status, reader.Consumed, request with { Credentials = null }, request.Credentials is { } shown ? shown.Username ?? "(unreadable)" : null, reason);
    }
}
