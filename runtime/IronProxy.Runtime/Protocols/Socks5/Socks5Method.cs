namespace IronProxy.Runtime.Protocols.Socks5;

/// <summary>How a SOCKS5 client shows who it is (RFC 1928, 3).</summary>
internal enum Socks5Method
{
    /// <summary>Not at all.</summary>
    NoAuthentication = 0x00,

    /// <summary>By name and password (RFC 1929).</summary>
    Credentials = 0x02,

    /// <summary>The server takes none that the client offers.</summary>
    NoneAcceptable = 0xFF,
}
