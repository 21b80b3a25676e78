using System.Text;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Http1;

namespace IronProxy.Fuzzing.Targets;

/// <summary>
/// A chunked body, by both readers: the one that takes responses apart, and the stricter one that watches over requests. What both take for complete
/// ends at the same byte.
/// </summary>
internal sealed class ChunksTarget() : FuzzTarget("chunks")
{
    public override IEnumerable<byte[]> Seeds => Bytes.OfEach(
        "5;name=value;flag;q=\"a\\\" b\"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nX-Empty:\r\n\r\nGET /",
        "0\r\n\r\n",
        "1;a\r\nx\r\n0;b=\"\"\r\nA: b\tc\r\n\r\n",
        "FFFFFFFFFFFFFFF\r\nx");

    public override IEnumerable<byte[]> Dictionary => Bytes.OfEach(
        "\r\n", "\n", "\r", "0\r\n\r\n", "1\r\nx\r\n", ";", ";a=b", ";a=\"", "\"", "\\", "0", "FFFFFFFF", "A: b\r\n", "Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n",
        "Host: a\r\n", " ", "\t", "0x", "+", "-");

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var response = SameHoweverCut(input, cuts);
        var request = Watch(input, []);
        foreach (var cut in cuts)
        {
            RequireEqual(request, Watch(input, [cut]), $"Chunks of a request are read alike when they are cut at {cut}");
        }

        if (request.Status == ParseStatus.Done && response.Status == ParseStatus.Done)
        {
            RequireEqual(request.Consumed, response.Consumed, "Both readers see the same end");
        }

        if (request.Status == ParseStatus.Done)
        {
            // The reader of responses refuses two things more: long extensions, and trailers that say something about framing or routing.
            Require(
                response.Status == ParseStatus.Done || input.Length > Http1ChunkedReader.MaxExtensionLength || HasFraming(input[..request.Consumed]),
                "What the stricter reader takes, the other takes as well");
        }
    }

    /// <summary>Takes a body apart in one piece and in several, into buffers of several sizes.</summary>
    public static (ParseStatus Status, int Consumed) SameHoweverCut(byte[] input, IReadOnlyList<int> cuts)
    {
        var whole = Decode(input, [], input.Length + 1);
        foreach (var cut in cuts)
        {
            RequireEqual(whole, Decode(input, [cut], 1 + (cut % 7)), $"Chunks of a response are read alike when they are cut at {cut}");
            var prefix = Decode(input[..cut], [], cut + 1);
            Require(prefix.Status == ParseStatus.NeedMore || prefix == whole, $"What was decided on {cut} bytes holds for more of them");
        }

        return (whole.Status, whole.Consumed);
    }

    private static (ParseStatus Status, int Consumed, string Body, string Trailers) Decode(byte[] input, int[] cuts, int room)
    {
        var reader = new Http1ChunkedReader();
        var body = new List<byte>();
        var buffer = new byte[room];
        var at = 0;
        var status = ParseStatus.NeedMore;
        foreach (var end in (int[])[.. cuts, input.Length])
        {
            while (status == ParseStatus.NeedMore && at < end)
            {
                status = reader.Read(input.AsSpan(at, end - at), buffer, out var consumed, out var written);
                Require(consumed > 0 || status != ParseStatus.NeedMore, "With bytes and room, something is read");
                body.AddRange(buffer[..written]);
                at += consumed;
            }
        }

        return (status, at, Convert.ToHexString([.. body]), status == ParseStatus.Done ? string.Join('\n', reader.Trailers) : "");
    }

    private static (ParseStatus Status, int Consumed) Watch(byte[] input, int[] cuts)
    {
        var reader = new ChunkedBodyReader();
        var at = 0;
        var status = ParseStatus.NeedMore;
        foreach (var end in (int[])[.. cuts, input.Length])
        {
            if (status == ParseStatus.NeedMore)
            {
                status = reader.Read(input.AsSpan(at, end - at), out var consumed);
                at += consumed;
            }
        }

        return (status, at);
    }

    private static bool HasFraming(byte[] body) =>
        Encoding.Latin1.GetString(body).Split("\r\n").Any(line => line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && HeaderName.IsFraming(line[..colon]));
}
