using System.Globalization;
using System.Text;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>An HTTP/1.1 response, read to its end and not a byte further; behind status 101 all that follows.</summary>
internal sealed record HttpAnswer(int Status, string Head, string Body)
{
    public static async Task<HttpAnswer> ReadAsync(Stream stream, string method, CancellationToken cancellation)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!EndsHead(head))
        {
            int read;
            try
            {
                read = await stream.ReadAsync(one, cancellation);
            }
            catch (IOException)
            {
                read = 0;
            }

            BypassFailure.Unless(read == 1, head.Length == 0 ? "the connection was closed without an answer" : $"the answer was cut: {head}");
            head.Append((char)one[0]);
        }

        var text = head.ToString();
        var status = int.Parse(text.AsSpan("HTTP/1.1 ".Length, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        if (status == 100)
        {
            return await ReadAsync(stream, method, cancellation);
        }

        var body = method == "CONNECT" && status == 200 ? "" : await ReadBodyAsync(stream, text, cancellation);
        return new HttpAnswer(status, text, body);
    }

    private static bool EndsHead(StringBuilder head) =>
        head.Length >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n' && head[^4] == '\r';

    private static async Task<string> ReadBodyAsync(Stream stream, string head, CancellationToken cancellation)
    {
        if (head.Contains("\r\nTransfer-Encoding: chunked\r\n", StringComparison.OrdinalIgnoreCase))
        {
            return await ReadChunksAsync(stream, cancellation);
        }

        const string Length = "\r\nContent-Length: ";
        var at = head.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
        if (head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
        {
            using var rest = new MemoryStream();
            await stream.CopyToAsync(rest, cancellation);
            return Encoding.Latin1.GetString(rest.ToArray());
        }

        BypassFailure.Unless(at >= 0, $"the answer has no length: {head}");
        var body = new byte[int.Parse(head[(at + Length.Length)..].Split('\r')[0], CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, cancellation);
        return Encoding.UTF8.GetString(body);
    }

    private static async Task<string> ReadChunksAsync(Stream stream, CancellationToken cancellation)
    {
        var body = "";
        while (true)
        {
            var size = int.Parse(await ReadLineAsync(stream, cancellation), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            var chunk = new byte[size];
            await stream.ReadExactlyAsync(chunk, cancellation);
            body += Encoding.UTF8.GetString(chunk);
            BypassFailure.Unless((await ReadLineAsync(stream, cancellation)).Length == 0, "a chunk does not end, or there are trailers");
            if (size == 0)
            {
                return body;
            }
        }
    }

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellation)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < 2 || line[^1] != '\n')
        {
            await stream.ReadExactlyAsync(one, cancellation);
            line.Append((char)one[0]);
        }

        return line.ToString(0, line.Length - 2);
    }
}
