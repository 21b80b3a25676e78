namespace IronProxy.Runtime.Protocols.Socks5;

/// <summary>The reply codes of SOCKS5 (RFC 1928, 6) that the proxy sends.</summary>
public enum Socks5Reply
{
    /// <summary>The tunnel is open.</summary>
    Succeeded = 0x00,

    /// <summary>The request is malformed, or the proxy failed.</summary>
    GeneralFailure = 0x01,

    /// <summary>The policy denies the destination.</summary>
    NotAllowed = 0x02,

    /// <summary>The host does not resolve or cannot be reached.</summary>
    HostUnreachable = 0x04,

    /// <summary>Only CONNECT is served.</summary>
    CommandNotSupported = 0x07,

    /// <summary>The address is neither a name nor an IPv4 or IPv6 address.</summary>
    AddressTypeNotSupported = 0x08,
}
