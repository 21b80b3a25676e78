using System.Text;

namespace IronProxy.EndToEnd.Tests.Upstreams;

/// <summary>One request to a <see cref="ScriptedUpstream"/>, and the means to answer it byte by byte.</summary>
internal sealed class UpstreamExchange(Stream stream, UpstreamExchange.Keep keep, Action reset, CancellationToken stopping)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private string _body = "";

    public delegate void Keep(ReadOnlySpan<byte> bytes);

    /// <summary>The request line and the headers, with their line ends.</summary>
    public string Head { get; private set; } = "";

    /// <summary>Ends with the test.</summary>
    public CancellationToken Stopping => stopping;

    public string RequestLine => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    /// <summary>Reads the next head; false when the proxy closed.</summary>
    public async Task<bool> ReadHeadAsync()
    {
        var text = _body;
        int end;
        while ((end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            var more = await ReadSomeAsync();
            if (more.Length == 0)
            {
                return false;
            }

            text += more;
        }

        Head = text[..(end + 4)];
        _body = text[(end + 4)..];
        return true;
    }

    /// <summary>Reads what is there of the body, at least one byte; empty when the proxy closed.</summary>
    public async Task<string> ReadPieceAsync()
    {
        if (_body.Length > 0)
        {
            var piece = _body;
            _body = "";
            return piece;
        }

        return await ReadSomeAsync();
    }

    /// <summary>Reads the body to its end, by the framing that the head announces.</summary>
    public async Task<string> ReadBodyAsync()
    {
        var chunked = Head.Contains("transfer-encoding: chunked", StringComparison.OrdinalIgnoreCase);
        var length = chunked ? -1 : LengthOf(Head);
        while (chunked ? !_body.EndsWith("0\r\n\r\n", StringComparison.Ordinal) : _body.Length < length)
        {
            var more = await ReadSomeAsync();
            if (more.Length == 0)
            {
                throw new IOException("The body was cut.");
            }

            _body += more;
        }

        var body = chunked ? _body : _body[..length];
        _body = _body[body.Length..];
        return body;
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task WriteAsync(byte[] bytes)
    {
        await stream.WriteAsync(bytes, stopping);
        await stream.FlushAsync(stopping);
    }

    /// <summary>Breaks the connection with a reset, as a server does that ends at once.</summary>
    public void Reset() => reset();

    /// <summary>Keeps whatever else is sent, until the proxy closes.</summary>
    public async Task DrainAsync()
    {
        while ((await ReadSomeAsync()).Length > 0)
        {
            // Kept by the reader.
        }
    }

    private static int LengthOf(string head)
    {
        const string Name = "\r\nContent-Length: ";
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : int.Parse(head[(at + Name.Length)..].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<string> ReadSomeAsync()
    {
        var read = await stream.ReadAsync(_buffer, stopping);
        keep(_buffer.AsSpan(0, read));
        return Encoding.Latin1.GetString(_buffer, 0, read);
    }
}
