using System.Buffers;

namespace IronProxy.Runtime.Protocols;

/// <summary>The protocols that a connection to the tunnel listener can begin with.</summary>
public enum FirstBytesKind
{
    /// <summary>Too few bytes to tell.</summary>
    NeedMore,

    /// <summary>A TLS handshake record.</summary>
    Tls,

    /// <summary>A SOCKS5 greeting.</summary>
    Socks5,

    /// <summary>An HTTP/1.x request line.</summary>
    Http,

    /// <summary>None of these.</summary>
    Unknown,
}

/// <summary>Tells protocols apart by the first bytes of a connection. At most 21 bytes are looked at.</summary>
public static class FirstBytes
{
    private const int MaxMethodLength = 20;

    /// <summary>Classifies a connection by what it sent so far. Nothing is consumed.</summary>
    public static FirstBytesKind Classify(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryRead(out var first))
        {
            return FirstBytesKind.NeedMore;
        }

        switch (first)
        {
            case 0x05:
                return FirstBytesKind.Socks5;
            case 0x16:
                // RFC 8446, 5.1: the record's legacy version is 3.x for every TLS there is.
                return !reader.TryRead(out var major) ? FirstBytesKind.NeedMore
                    : major == 0x03 ? FirstBytesKind.Tls
                    : FirstBytesKind.Unknown;
        }

        return char.IsAsciiLetterUpper((char)first) ? ClassifyMethod(ref reader) : FirstBytesKind.Unknown;
    }

    private static FirstBytesKind ClassifyMethod(ref SequenceReader<byte> reader)
    {
        for (var length = 1; length <= MaxMethodLength; length++)
        {
            if (!reader.TryRead(out var next))
            {
                return FirstBytesKind.NeedMore;
            }

            if (next == ' ')
            {
                return FirstBytesKind.Http;
            }

            // WebDAV has methods with a hyphen.
            if (!char.IsAsciiLetterUpper((char)next) && next != '-')
            {
                break;
            }
        }

        return FirstBytesKind.Unknown;
    }
}
