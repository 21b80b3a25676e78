using System.Buffers;
using System.Net;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Runtime.Protocols.Socks5;

/// <summary>Reads the request of a SOCKS5 client (RFC 1928, 4 and 5).</summary>
public static class Socks5RequestParser
{
    private const byte IPv4Type = 0x01;
    private const byte NameType = 0x03;
    private const byte IPv6Type = 0x04;

    /// <summary>Reads a request. The reader is moved behind it only when it is complete and valid.</summary>
    /// <param name="reader">At the first byte of the request.</param>
    /// <param name="request">The result, when the status is <see cref="ParseStatus.Done"/>.</param>
    /// <param name="refusal">What to answer, when the status is <see cref="ParseStatus.Invalid"/>.</param>
    public static ParseStatus TryParse(ref SequenceReader<byte> reader, out Socks5Request request, out Socks5Refusal refusal)
    {
        request = default;
        refusal = new Socks5Refusal(Reason.MalformedRequest, Socks5Reply.GeneralFailure);
        var copy = reader;
        if (!copy.TryRead(out var version))
        {
            return ParseStatus.NeedMore;
        }

        if (version != Socks5Messages.Version)
        {
            return ParseStatus.Invalid;
        }

        if (!copy.TryRead(out var command))
        {
            return ParseStatus.NeedMore;
        }

        if (command != (byte)Socks5Command.Connect)
        {
            refusal = new Socks5Refusal(Reason.SocksUnsupported, Socks5Reply.CommandNotSupported);
            return ParseStatus.Invalid;
        }

        if (!copy.TryRead(out var reserved))
        {
            return ParseStatus.NeedMore;
        }

        if (reserved != 0)
        {
            return ParseStatus.Invalid;
        }

        if (!copy.TryRead(out var type))
        {
            return ParseStatus.NeedMore;
        }

        string? host = null;
        IPAddress? address = null;
        ParseStatus status;
        switch (type)
        {
            case IPv4Type:
                status = TryReadAddress(ref copy, 4, out address);
                break;
            case IPv6Type:
                status = TryReadAddress(ref copy, 16, out address);
                break;
            case NameType:
                status = TryReadName(ref copy, out host);
                refusal = new Socks5Refusal(Reason.InvalidHost, Socks5Reply.GeneralFailure);
                break;
            default:
                refusal = new Socks5Refusal(Reason.SocksUnsupported, Socks5Reply.AddressTypeNotSupported);
                return ParseStatus.Invalid;
        }

        if (status != ParseStatus.Done)
        {
            return status;
        }

        if (!copy.TryRead(out var high) || !copy.TryRead(out var low))
        {
            return ParseStatus.NeedMore;
        }

        var port = (high << 8) | low;
        if (port == 0 && Checks.On(Check.PortRange))
        {
            refusal = new Socks5Refusal(Reason.InvalidPort, Socks5Reply.GeneralFailure);
            return ParseStatus.Invalid;
        }

        request = new Socks5Request { Command = Socks5Command.Connect, Host = host, Address = address, Port = port };
        reader = copy;
        return ParseStatus.Done;
    }

    private static ParseStatus TryReadAddress(ref SequenceReader<byte> reader, int length, out IPAddress? address)
    {
        address = null;
        Span<byte> bytes = stackalloc byte[16];
        bytes = bytes[..length];
        if (!reader.TryCopyTo(bytes))
        {
            return ParseStatus.NeedMore;
        }

        reader.Advance(length);
        address = new IPAddress(bytes);
        return ParseStatus.Done;
    }

    private static ParseStatus TryReadName(ref SequenceReader<byte> reader, out string? name)
    {
        name = null;
        if (!reader.TryRead(out var length))
        {
            return ParseStatus.NeedMore;
        }

        if (length == 0)
        {
            return ParseStatus.Invalid;
        }

        Span<byte> bytes = stackalloc byte[byte.MaxValue];
        bytes = bytes[..length];
        if (!reader.TryCopyTo(bytes))
        {
            return ParseStatus.NeedMore;
        }

        // A NUL or a line feed inside would make two names of one for other readers.
        if (bytes.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return ParseStatus.Invalid;
        }

        reader.Advance(length);
        name = Encoding.ASCII.GetString(bytes);
        return ParseStatus.Done;
    }
}
