using System.Buffers;

namespace IronProxy.Runtime.Protocols.Socks5;

/// <summary>Reads the user name and the password of a SOCKS5 client (RFC 1929, 2).</summary>
public static class Socks5CredentialsParser
{
    /// <summary>Reads them. The reader is moved behind them only when they are complete.</summary>
    public static ParseStatus TryParse(ref SequenceReader<byte> reader, out ShownCredentials credentials)
    {
        credentials = ShownCredentials.Unreadable;
        var copy = reader;
        if (!copy.TryRead(out var version))
        {
            return ParseStatus.NeedMore;
        }

        if (version != Socks5Messages.CredentialsVersion)
        {
            return ParseStatus.Invalid;
        }

        if (!TryReadField(ref copy, out var username) || !TryReadField(ref copy, out var password))
        {
            return ParseStatus.NeedMore;
        }

        credentials = ShownCredentials.Of(username, password);
        reader = copy;
        return ParseStatus.Done;
    }

    /// <summary>A byte that says how many follow. An empty field, which the RFC does not have, is a wrong one.</summary>
    private static bool TryReadField(ref SequenceReader<byte> reader, out byte[] field)
    {
        field = [];
        if (!reader.TryRead(out var length) || reader.Remaining < length)
        {
            return false;
        }

        field = new byte[length];
        reader.TryCopyTo(field);
        reader.Advance(length);
        return true;
    }
}
