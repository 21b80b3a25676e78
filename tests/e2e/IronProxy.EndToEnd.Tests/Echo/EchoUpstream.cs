using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using IronProxy.EndToEnd.Tests.Upstreams;
using ZstdSharp;

namespace IronProxy.EndToEnd.Tests.Echo;

/// <summary>An upstream that answers as a case says, with the value that it was sent.</summary>
internal static class EchoUpstream
{
    /// <summary>The header in which the value comes.</summary>
    public const string Header = "X-Api-Key";

    public static ScriptedUpstream Start(EchoCase @case, X509Certificate2 certificate) => ScriptedUpstream.Start(e => AnswerAsync(e, @case.Answer), certificate);

    private static async Task AnswerAsync(UpstreamExchange exchange, EchoAnswer answer)
    {
        await exchange.ReadBodyAsync();
        var line = exchange.Head.Split("\r\n").Single(l => l.StartsWith(Header + ": ", StringComparison.OrdinalIgnoreCase));
        var value = line[(Header.Length + 2)..];
        var text = EchoedForms.Expand(answer.Body, value);
        var body = Encode(answer.Utf16 ? Encoding.Unicode.GetBytes(text) : Encoding.UTF8.GetBytes(text), answer.Codings);
        await exchange.WriteAsync(Head(answer, value, body.Length));
        if (exchange.RequestLine.StartsWith("HEAD ", StringComparison.Ordinal) || answer.Status is 204 or 304)
        {
            return;
        }

        if (answer.Chunk is not { } size)
        {
            await exchange.WriteAsync(body);
            return;
        }

        foreach (var chunk in body.Chunk(size))
        {
            await exchange.WriteAsync([.. Encoding.ASCII.GetBytes(chunk.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), .. chunk, .. "\r\n"u8]);
        }

        await exchange.WriteAsync("0\r\n" + Lines(answer.Trailers, value) + "\r\n");
    }

    private static string Head(EchoAnswer answer, string value, int length)
    {
        var coding = answer.Codings.IsEmpty ? "" : $"Content-Encoding: {string.Join(", ", answer.Codings)}\r\n";
        var framing = answer.Status is 204 or 304 ? "" : answer.Chunk is null ? $"Content-Length: {length}\r\n" : "Transfer-Encoding: chunked\r\n";
        return $"HTTP/1.1 {answer.Status} Echo\r\n{coding}{framing}{Lines(answer.Head, value)}Connection: close\r\n\r\n";
    }

    private static string Lines(IEnumerable<string> lines, string value) => string.Concat(lines.Select(l => EchoedForms.Expand(l, value) + "\r\n"));

    private static byte[] Encode(byte[] body, IEnumerable<string> codings) => codings.Aggregate(body, static (bytes, coding) =>
    {
        var packed = new MemoryStream();
        using (var stream = Open(coding, packed))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    });

    private static Stream Open(string coding, Stream to) => coding switch
    {
        "gzip" => new GZipStream(to, CompressionLevel.Fastest, leaveOpen: true),
        "deflate" => new ZLibStream(to, CompressionLevel.Fastest, leaveOpen: true),
        "br" => new BrotliStream(to, CompressionLevel.Fastest, leaveOpen: true),
        "zstd" => new CompressionStream(to, leaveOpen: true),
        _ => new BufferedStream(to), // One that is only said.
    };
}
