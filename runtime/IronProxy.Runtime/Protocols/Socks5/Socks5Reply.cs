namespace IronProxy.Runtime.Protocols.Socks5;

/// <summary>The reply codes of SOCKS5 (RFC 1928, 6) that the proxy sends, and those that it may be sent.</summary>
public enum Socks5Reply
{
    /// <summary>The tunnel is open.</summary>
    Succeeded = 0x00,

    /// <summary>The request is malformed, or the proxy failed.</summary>
    GeneralFailure = 0x01,

    /// <summary>The policy denies the destination.</summary>
    NotAllowed = 0x02,

    /// <summary>There is no way to the network. Only received.</summary>
    NetworkUnreachable = 0x03,

    /// <summary>The host does not resolve or cannot be reached.</summary>
    HostUnreachable = 0x04,

    /// <summary>The host did not accept the connection. Only received.</summary>
    ConnectionRefused = 0x05,

    /// <summary>The host is too far away. Only received.</summary>
    TimeToLiveExpired = 0x06,

    /// <summary>Only CONNECT is served.</summary>
    CommandNotSupported = 0x07,

    /// <summary>The address is neither a name nor an IPv4 or IPv6 address.</summary>
    AddressTypeNotSupported = 0x08,
}
