using System.Collections.Frozen;

namespace IronProxy.Runtime.Protocols.Socks5;

/// <summary>The messages that a SOCKS5 server sends, ready as bytes.</summary>
public static class Socks5Messages
{
    /// <summary>The version byte that begins every message.</summary>
    internal const byte Version = 0x05;

    /// <summary>The version byte of messages about a user name and a password.</summary>
    internal const byte CredentialsVersion = 0x01;

    private static readonly FrozenDictionary<Socks5Reply, byte[]> Replies = Enum.GetValues<Socks5Reply>()
        .ToFrozenDictionary(code => code, WriteReply);

    /// <summary>RFC 1928, 3: the method "no authentication" is chosen.</summary>
    public static ReadOnlyMemory<byte> NoAuthentication { get; } = new byte[] { Version, 0x00 };

    /// <summary>RFC 1928, 3: the method "user name and password" is chosen.</summary>
    public static ReadOnlyMemory<byte> Credentials { get; } = new byte[] { Version, (byte)Socks5Method.Credentials };

    /// <summary>RFC 1929, 2: they are a client's.</summary>
    public static ReadOnlyMemory<byte> CredentialsAccepted { get; } = new byte[] { CredentialsVersion, 0x00 };

    /// <summary>RFC 1929, 2: they are not, and the connection ends.</summary>
    public static ReadOnlyMemory<byte> CredentialsRefused { get; } = new byte[] { CredentialsVersion, 0x01 };

    /// <summary>RFC 1928, 3: none of the offered methods is acceptable.</summary>
    public static ReadOnlyMemory<byte> NoAcceptableMethod { get; } = new byte[] { Version, 0xFF };

    /// <summary>RFC 1928, 6: the reply to a request. The bound address is written as 0.0.0.0:0, since nothing of the proxy's side is told.</summary>
    public static ReadOnlyMemory<byte> Reply(Socks5Reply code) => Replies[code];

    private static byte[] WriteReply(Socks5Reply code) => [Version, (byte)code, 0x00, 0x01, 0, 0, 0, 0, 0, 0];
}
