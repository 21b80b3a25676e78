namespace IronProxy.Runtime.Protocols.Socks5;

/// <summary>
/// Reads what a SOCKS5 server answers. Nothing may follow before the tunnel is open, so each answer is read to its end and no further: while one is
/// not complete, the reader says how many bytes it needs in all.
/// </summary>
internal static class Socks5Answers
{
    /// <summary>Length of the answer to a greeting, and of the one to credentials.</summary>
    public const int ChoiceLength = 2;

    /// <summary>How many bytes of a reply say how long it is.</summary>
    public const int ReplyStart = 5;

    /// <summary>The longest reply: it has a name of 255 bytes.</summary>
    public const int MaxReplyLength = 4 + 1 + byte.MaxValue + 2;

    private const byte CredentialsVersion = 0x01;
    private const byte IPv4Type = 0x01;
    private const byte NameType = 0x03;
    private const byte IPv6Type = 0x04;

    /// <summary>Reads which method the server has chosen (RFC 1928, 3).</summary>
    public static bool TryReadMethod(ReadOnlySpan<byte> bytes, out Socks5Method method)
    {
        method = Socks5Method.NoneAcceptable;
        if (bytes is not [Socks5Messages.Version, var chosen] || !Enum.IsDefined((Socks5Method)chosen))
        {
            return false;
        }

        method = (Socks5Method)chosen;
        return true;
    }

    /// <summary>Reads whether credentials were accepted (RFC 1929, 2).</summary>
    public static bool TryReadVerdict(ReadOnlySpan<byte> bytes, out bool accepted)
    {
        accepted = bytes is [_, 0x00];
        return bytes is [CredentialsVersion, _];
    }

    /// <summary>Reads the reply to a request (RFC 1928, 6). What it says of the server's own address is of no use.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <param name="code">The reply, when it is complete. One that is a refusal is complete with its code: some servers send no more.</param>
    /// <param name="needed">How many bytes there must be in all, when more are needed.</param>
    public static ParseStatus TryReadReply(ReadOnlySpan<byte> bytes, out byte code, out int needed)
    {
        code = 0;
        needed = ReplyStart;
        if (bytes is [not Socks5Messages.Version, ..] or [_, _, not 0, ..] or [_, _, _, not (IPv4Type or NameType or IPv6Type), ..])
        {
            return ParseStatus.Invalid;
        }

        if (bytes is [_, not 0, ..])
        {
            code = bytes[1];
            return ParseStatus.Done;
        }

        if (bytes.Length < ReplyStart)
        {
            return ParseStatus.NeedMore;
        }

        needed = 4 + 2 + bytes[3] switch
        {
            IPv4Type => 4,
            IPv6Type => 16,
            _ => 1 + bytes[4],
        };
        return bytes.Length < needed ? ParseStatus.NeedMore
            : bytes.Length == needed ? ParseStatus.Done
            : ParseStatus.Invalid;
    }
}
