using IronProxy.Pipeline;

namespace IronProxy.Runtime.Protocols.Http1;

/// <summary>
/// Reads the head of a response, as strictly as heads of requests are read: whatever two readers could understand differently
/// (RFC 9112, 11.1) is no response. What the upstream of one workload sends must never become the answer of another.
/// </summary>
internal static class Http1ResponseParser
{
    /// <summary>Longest head, as for requests.</summary>
    public const int MaxHeadLength = 128 * 1024;

    /// <summary>Most header lines, as for requests.</summary>
    public const int MaxHeaders = 200;

    /// <summary>Digits of the longest length that is read; more would not fit.</summary>
    private const int MaxLengthDigits = 18;

    private const int VersionLength = 8;
    private const int StatusLength = 3;

    /// <summary>Reads a head.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <param name="examined">How much of it an earlier call has looked through; 0 at first.</param>
    /// <param name="head">The head, when it is complete.</param>
    /// <param name="consumed">Its length.</param>
    public static ParseStatus TryParse(ReadOnlySpan<byte> bytes, ref int examined, out Http1ResponseHead? head, out int consumed)
    {
        head = null;
        consumed = 0;
        if (!bytes.StartsWith("HTTP/1."u8[..Math.Min(bytes.Length, 7)]))
        {
            return ParseStatus.Invalid;
        }

        var status = FindEnd(bytes, ref examined, out var end);
        if (end > MaxHeadLength || (status == ParseStatus.NeedMore && bytes.Length >= MaxHeadLength))
        {
            return ParseStatus.Invalid;
        }

        if (status != ParseStatus.Done)
        {
            return status;
        }

        var rest = bytes[..(end - 2)];
        if (!TryReadStatusLine(TakeLine(ref rest), out var result) || !TryReadHeaders(rest, result))
        {
            return ParseStatus.Invalid;
        }

        head = result;
        consumed = end;
        return ParseStatus.Done;
    }

    /// <summary>Finds the empty line. Every line ends with CR LF: a bare LF is seen at once, not when the head is complete.</summary>
    private static ParseStatus FindEnd(ReadOnlySpan<byte> bytes, ref int examined, out int end)
    {
        end = 0;
        while (bytes[examined..].IndexOf((byte)'\n') is >= 0 and var offset)
        {
            var at = examined + offset;
            if (at == 0 || bytes[at - 1] != '\r')
            {
                return ParseStatus.Invalid;
            }

            examined = at + 1;
            if (at >= 3 && bytes[at - 2] == '\n')
            {
                end = at + 1;
                return ParseStatus.Done;
            }
        }

        examined = bytes.Length;
        return ParseStatus.NeedMore;
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf("\r\n"u8);
        var line = rest[..end];
        rest = rest[(end + 2)..];
        return line;
    }

    private static bool TryReadStatusLine(ReadOnlySpan<byte> line, out Http1ResponseHead head)
    {
        head = null!; // Only read when the line is well-formed.
        if (line.Length < VersionLength + 1 + StatusLength || line[VersionLength] != ' ' || line[VersionLength - 1] is not ((byte)'0' or (byte)'1'))
        {
            return false;
        }

        // The blank behind the status is left out by some when there is no phrase.
        var code = line.Slice(VersionLength + 1, StatusLength);
        var phrase = line[(VersionLength + 1 + StatusLength)..];
        if (code.ContainsAnyExceptInRange((byte)'0', (byte)'9') || code[0] is < (byte)'1' or > (byte)'5'
            || (!phrase.IsEmpty && phrase[0] != ' ') || !Http1Fields.IsValue(phrase))
        {
            return false;
        }

        head = new Http1ResponseHead(((code[0] - '0') * 100) + ((code[1] - '0') * 10) + code[2] - '0', line[VersionLength - 1] == '1');
        return true;
    }

    private static bool TryReadHeaders(ReadOnlySpan<byte> rest, Http1ResponseHead head)
    {
        while (!rest.IsEmpty)
        {
            var line = TakeLine(ref rest);
            if (head.Headers.Count == MaxHeaders || !Http1Fields.TryReadLine(line, out var name, out var value) || !TryNote(head, name, value))
            {
                return false;
            }

            head.Headers.Add(new(name, value));
        }

        // RFC 9112, 6.1 and 6.3: either of them alone, and chunked never from an upstream of HTTP/1.0.
        return !head.IsChunked || (head.ContentLength is null && head.IsHttp11);
    }

    private static bool TryNote(Http1ResponseHead head, string name, string value)
    {
        if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
        {
            if (!TryReadLength(value, out var length) || (head.ContentLength is { } earlier && earlier != length))
            {
                return false;
            }

            head.ContentLength = length;
        }
        else if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
        {
            if (head.IsChunked || !value.Equals("chunked", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            head.IsChunked = true;
        }
        else if (name.Equals("Connection", StringComparison.OrdinalIgnoreCase) && ConnectionOptions.Parse(value).Contains("close"))
        {
            head.Closes = true;
        }

        return true;
    }

    private static bool TryReadLength(string value, out long length)
    {
        length = 0;
        if (value.Length is 0 or > MaxLengthDigits)
        {
            return false;
        }

        foreach (var c in value)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            length = (length * 10) + (c - '0');
        }

        return true;
    }
}
