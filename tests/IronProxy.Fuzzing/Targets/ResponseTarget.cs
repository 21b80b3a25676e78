using System.Text;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Http1;
using IronProxy.Runtime.Protocols.WebSocket;

namespace IronProxy.Fuzzing.Targets;

/// <summary>A response of an upstream over HTTP/1.1: its head, and its body when that comes in chunks.</summary>
internal sealed class ResponseTarget() : FuzzTarget("http1-response")
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    private static readonly string[] Methods = ["GET", "HEAD", "POST"];

    public override IEnumerable<byte[]> Seeds => Bytes.OfEach(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
        "HTTP/1.0 302\r\nLocation: /\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: {WebSocketHandshake.AnswerTo(Key)}\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");

    public override IEnumerable<byte[]> Dictionary => Bytes.OfEach(
        "HTTP/1.1 ", "HTTP/1.0 ", "\r\n\r\n", "\r\n", "\n", "\r", ":", "Content-Length: ", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Connection: close\r\n", "Connection: \"close\"\r\n", "0\r\n\r\n", "5\r\nhello\r\n", "Content-Length: 5\r\n", "Content-Length: +5\r\n", "Upgrade: websocket\r\n",
        " ", "\t", "\u0000", "\u00ff", "Sec-WebSocket-Accept: ");

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var status = Parse(input, [], out var whole, out var consumed);
        Require((whole is not null) == (status == ParseStatus.Done) && consumed <= input.Length, "There is a head when it is complete, and only then");
        foreach (var cut in cuts)
        {
            RequireEqual(status, Parse(input, [cut], out var head, out var otherConsumed), $"A head that comes in two pieces, cut at {cut}, is read alike");
            RequireEqual((Describe(whole), consumed), (Describe(head), otherConsumed), $"A head that comes in two pieces, cut at {cut}, is the same");
            var prefix = Parse(input[..cut], [], out head, out otherConsumed);
            Require(
                prefix == ParseStatus.NeedMore || (prefix == status && otherConsumed == consumed && Describe(head) == Describe(whole)),
                $"What was decided on {cut} bytes holds for more of them");
        }

        if (whole is not null)
        {
            Check(whole);
            if (whole.BodyKind("GET") == Http1BodyKind.Chunked)
            {
                ChunksTarget.SameHoweverCut(input[consumed..], [.. cuts.Where(c => c <= input.Length - consumed)]);
            }
        }
    }

    private static ParseStatus Parse(byte[] input, int[] cuts, out Http1ResponseHead? head, out int consumed)
    {
        var examined = 0;
        foreach (var cut in cuts)
        {
            var early = Http1ResponseParser.TryParse(input.AsSpan(0, cut), ref examined, out head, out consumed);
            if (early != ParseStatus.NeedMore)
            {
                return early;
            }

            Require(examined <= cut, "No more is looked through than has come");
        }

        return Http1ResponseParser.TryParse(input, ref examined, out head, out consumed);
    }

    private static void Check(Http1ResponseHead head)
    {
        Require(head.Status is >= 100 and <= 599, $"{head.Status} is a status");
        Require(!head.IsChunked || (head.ContentLength is null && head.IsHttp11), "One thing says where a body ends");
        Require(head.ContentLength is null or >= 0, "A length is not negative");
        Require(head.Headers.Count <= Http1ResponseParser.MaxHeaders, "Headers are bounded");
        foreach (var (name, value) in head.Headers)
        {
            Require(Http1Fields.IsToken(Encoding.Latin1.GetBytes(name)), $"A name is a token: {name}");
            Require(Http1Fields.IsValue(Encoding.Latin1.GetBytes(value)) && value.Trim(' ', '\t') == value, $"A value has no control characters and no blanks around it: {value}");
        }

        foreach (var method in Methods)
        {
            Require(!head.KeepsConnection(method) || head.BodyKind(method) != Http1BodyKind.UntilClose, "A connection that its body ends is not kept");
        }

        Require(
            !WebSocketHandshake.IsAccepted(head, Key) || head.Headers.Exists(h => h.Value == WebSocketHandshake.AnswerTo(Key)),
            "A WebSocket is opened by the answer to its key alone");
    }

    private static string Describe(Http1ResponseHead? head) => head is null
        ? ""
        : $"{head.Status} {head.IsHttp11} {head.ContentLength} {head.IsChunked} {head.Closes}\n{string.Join('\n', head.Headers)}";
}
