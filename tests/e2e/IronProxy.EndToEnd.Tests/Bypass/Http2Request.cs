using System.Buffers.Binary;
using System.Text;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>What an HTTP/2 request was answered with. A reset stream or a closed connection has status 0.</summary>
internal sealed record ReceivedHttp2Response(int Status, string Body);

/// <summary>
/// One request over HTTP/2 with headers that no client library would send. It writes literal headers only (RFC 7541, 6.2.2)
/// and reads no more of the answer than its status and its body.
/// </summary>
internal static class Http2Request
{
    private const byte Data = 0x0;
    private const byte Headers = 0x1;
    private const byte ResetStream = 0x3;
    private const byte Settings = 0x4;
    private const byte GoAway = 0x7;
    private const byte EndStream = 0x1;
    private const byte EndHeaders = 0x4;
    private const int MaxFrames = 100;

    /// <summary>A case writes the body among the headers, under a name that none can have.</summary>
    private const string BodyName = "(body)";

    /// <summary>What every connection begins with.</summary>
    public static byte[] Preface { get; } = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, [])];

    public static async Task<ReceivedHttp2Response> SendAsync(Stream stream, IReadOnlyList<(string Name, string Value)> headers, CancellationToken cancellation)
    {
        var body = headers.Where(h => h.Name == BodyName).Select(h => h.Value).FirstOrDefault();
        byte[] block = [.. headers.Where(h => h.Name != BodyName).SelectMany(h => (byte[])[0x00, .. Text(h.Name), .. Text(h.Value)])];
        byte[] request = body is null
            ? Frame(Headers, EndStream | EndHeaders, 1, block)
            : [.. Frame(Headers, EndHeaders, 1, block), .. Frame(Data, EndStream, 1, Encoding.Latin1.GetBytes(body))];
        await stream.WriteAsync((byte[])[.. Preface, .. request], cancellation);
        return await ReadAsync(stream, cancellation);
    }

    private static async Task<ReceivedHttp2Response> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var status = 0;
        var body = "";
        var head = new byte[9];
        for (var frames = 0; frames < MaxFrames; frames++)
        {
            if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation) < head.Length)
            {
                break;
            }

            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(payload, cancellation);
            switch (head[3])
            {
                case Settings when head[4] == 0:
                    await stream.WriteAsync(Frame(Settings, 1, 0, []), cancellation);
                    break;
                case Headers:
                    status = ReadStatus(payload);
                    break;
                case Data:
                    body += Encoding.UTF8.GetString(payload);
                    break;
                case ResetStream or GoAway:
                    return new ReceivedHttp2Response(status, body);
            }

            if (head[3] is Data or Headers && (head[4] & EndStream) != 0)
            {
                break;
            }
        }

        return new ReceivedHttp2Response(status, body);
    }

    private static byte[] Text(string text)
    {
        BypassFailure.Unless(text.Length < 127, "the test's HTTP/2 writer knows short texts only");
        return [(byte)text.Length, .. Encoding.Latin1.GetBytes(text)];
    }

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var head = new byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        head[3] = type;
        head[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(5), stream);
        return [.. head, .. payload];
    }

    /// <summary>The status is the block's first field: from the static table (RFC 7541, appendix A), or a literal with a name from there.</summary>
    private static int ReadStatus(ReadOnlySpan<byte> block)
    {
        while (block.Length > 0 && (block[0] & 0xE0) == 0x20)
        {
            block = block[1..]; // Size of the dynamic table.
        }

        int[] known = [200, 204, 206, 304, 400, 404, 500];
        return block[0] is >= 0x88 and <= 0x8E
            ? known[block[0] - 0x88]
            : int.Parse(Encoding.ASCII.GetString(block.Slice(2, block[1] & 0x7F)), System.Globalization.CultureInfo.InvariantCulture);
    }
}
