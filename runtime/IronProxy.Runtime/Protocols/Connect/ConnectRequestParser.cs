using System.Buffers;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Runtime.Protocols.Connect;

/// <summary>
/// Reads the head of an HTTP/1.x CONNECT request (RFC 9112, 3.2.3; RFC 9110, 9.3.6). It is stricter than the RFC allows:
/// what two readers could take for different requests is refused.
/// </summary>
public static class ConnectRequestParser
{
    /// <summary>The longest head that is read.</summary>
    public const int MaxHeadLength = 16 * 1024;

    private static ReadOnlySpan<byte> Method => "CONNECT "u8;

    /// <summary>Whether a connection that began with HTTP began with CONNECT.</summary>
    public static bool IsConnect(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        return reader.IsNext(Method);
    }

    /// <summary>Reads a head. The reader is moved behind its empty line only when it is complete and valid.</summary>
    /// <param name="reader">At the first byte of the request line.</param>
    /// <param name="request">The result; when it is refused, only what is there for the audit record.</param>
    /// <param name="reason">Why the request is refused, when the status is <see cref="ParseStatus.Invalid"/>.</param>
    public static ParseStatus TryParse(ref SequenceReader<byte> reader, out ConnectRequest request, out Reason? reason)
    {
        request = default;
        var buffer = reader.UnreadSequence;
        using var bytes = new ContiguousBytes(buffer.Length > MaxHeadLength ? buffer.Slice(0, MaxHeadLength) : buffer);
        var status = TryFindEnd(bytes.Span, out var length, out reason);
        if (status == ParseStatus.NeedMore && buffer.Length >= MaxHeadLength)
        {
            reason = Reason.HeadTooLarge;
            return ParseStatus.Invalid;
        }

        if (status != ParseStatus.Done)
        {
            return status;
        }

        reason = ReadHead(bytes.Span[..length], ref request);
        if (reason is not null)
        {
            return ParseStatus.Invalid;
        }

        reader.Advance(length);
        return ParseStatus.Done;
    }

    /// <summary>Finds the empty line that ends the head.</summary>
    private static ParseStatus TryFindEnd(ReadOnlySpan<byte> bytes, out int length, out Reason? reason)
    {
        reason = null;
        length = 0;
        while (true)
        {
            var lineFeed = bytes[length..].IndexOf((byte)'\n');
            if (lineFeed < 0)
            {
                return ParseStatus.NeedMore;
            }

            var line = bytes.Slice(length, lineFeed);
            length += lineFeed + 1;
            if (line is [.., (byte)'\r'])
            {
                line = line[..^1];
            }
            else if (Checks.On(Check.BareLineFeed))
            {
                // Another reader may not see a line end here, or see the end of the head.
                reason = Reason.MalformedRequest;
                return ParseStatus.Invalid;
            }

            if (line.IsEmpty)
            {
                return ParseStatus.Done;
            }
        }
    }

    private static Reason? ReadHead(ReadOnlySpan<byte> head, ref ConnectRequest request)
    {
        var line = TakeLine(ref head);
        if (!TryReadRequestLine(line, out var target))
        {
            return Reason.MalformedRequest;
        }

        request = request with { RawTarget = target };
        var headers = default(ConnectHeaders);
        for (line = TakeLine(ref head); !line.IsEmpty; line = TakeLine(ref head))
        {
            if (headers.Read(line) is { } reason)
            {
                return reason;
            }
        }

        request = request with { RawHost = headers.Host };
        if (CanonicalAuthority.TryParse(target, out var authority) is { } refused)
        {
            return refused;
        }

        if (authority.Port is null)
        {
            return Reason.InvalidPort;
        }

        if (headers.Host is { } host && CompareHost(host, authority) is { } mismatch)
        {
            return mismatch;
        }

        request = request with { Target = authority, Credentials = headers.Credentials };
        return null;
    }

    /// <summary>Host repeats the target (RFC 9110, 7.2); clients differ in whether they repeat its port, too.</summary>
    private static Reason? CompareHost(string host, CanonicalAuthority target)
    {
        if (CanonicalAuthority.TryParse(host, out var authority) is { } refused)
        {
            return refused;
        }

        return authority.Host == target.Host && (authority.Port is null || authority.Port == target.Port)
            ? null
            : Reason.AuthorityMismatch;
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf((byte)'\n');
        var line = head[..end];
        head = head[(end + 1)..];
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }

    private static bool TryReadRequestLine(ReadOnlySpan<byte> line, out string target)
    {
        target = "";
        if (!line.StartsWith(Method))
        {
            return false;
        }

        var rest = line[Method.Length..];
        var space = rest.IndexOf((byte)' ');
        if (space <= 0)
        {
            return false;
        }

        var version = rest[(space + 1)..];
        if (!version.SequenceEqual("HTTP/1.1"u8) && !version.SequenceEqual("HTTP/1.0"u8))
        {
            return false;
        }

        var raw = rest[..space];
        if (raw.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return false;
        }

        target = Encoding.ASCII.GetString(raw);
        return true;
    }
}
