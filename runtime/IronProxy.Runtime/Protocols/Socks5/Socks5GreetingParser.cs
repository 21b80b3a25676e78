using System.Buffers;

namespace IronProxy.Runtime.Protocols.Socks5;

/// <summary>What a SOCKS5 client offers first.</summary>
/// <param name="OffersNoAuthentication">Whether the client can do without authentication.</param>
/// <param name="OffersCredentials">Whether it can show a user name and a password.</param>
public readonly record struct Socks5Greeting(bool OffersNoAuthentication, bool OffersCredentials);

/// <summary>Reads the greeting of a SOCKS5 client (RFC 1928, 3).</summary>
public static class Socks5GreetingParser
{
    /// <summary>Reads a greeting. The reader is moved behind it only when it is complete.</summary>
    public static ParseStatus TryParse(ref SequenceReader<byte> reader, out Socks5Greeting greeting)
    {
        greeting = default;
        var copy = reader;
        if (!copy.TryRead(out var version))
        {
            return ParseStatus.NeedMore;
        }

        if (version != Socks5Messages.Version)
        {
            return ParseStatus.Invalid;
        }

        if (!copy.TryRead(out var count))
        {
            return ParseStatus.NeedMore;
        }

        var (none, credentials) = (false, false);
        for (var i = 0; i < count; i++)
        {
            if (!copy.TryRead(out var method))
            {
                return ParseStatus.NeedMore;
            }

            none |= method == (byte)Socks5Method.NoAuthentication;
            credentials |= method == (byte)Socks5Method.Credentials;
        }

        greeting = new Socks5Greeting(none, credentials);
        reader = copy;
        return ParseStatus.Done;
    }
}
