namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>Record types that the proxy knows by name. Every other number is possible, too.</summary>
public enum DnsType
{
    /// <summary>IPv4 address.</summary>
    A = 1,

    /// <summary>Name server.</summary>
    Ns = 2,

    /// <summary>Alias.</summary>
    Cname = 5,

    /// <summary>Start of a zone.</summary>
    Soa = 6,

    /// <summary>Any bytes (RFC 1035, 3.3.10).</summary>
    Null = 10,

    /// <summary>Name of an address.</summary>
    Ptr = 12,

    /// <summary>Mail exchanger.</summary>
    Mx = 15,

    /// <summary>Text.</summary>
    Txt = 16,

    /// <summary>IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>Service (RFC 2782).</summary>
    Srv = 33,

    /// <summary>EDNS pseudo-record (RFC 6891).</summary>
    Opt = 41,

    /// <summary>Service binding (RFC 9460).</summary>
    Svcb = 64,

    /// <summary>Service binding for HTTPS (RFC 9460).</summary>
    Https = 65,

    /// <summary>Incremental zone transfer.</summary>
    Ixfr = 251,

    /// <summary>Zone transfer.</summary>
    Axfr = 252,

    /// <summary>Whatever there is (RFC 8482).</summary>
    Any = 255,
}

/// <summary>Response codes (RFC 1035, 4.1.1 and RFC 6891, 9).</summary>
public enum DnsResponseCode
{
    /// <summary>No error.</summary>
    NoError = 0,

    /// <summary>The query cannot be read.</summary>
    FormatError = 1,

    /// <summary>The query could not be answered.</summary>
    ServerFailure = 2,

    /// <summary>The name does not exist.</summary>
    NameError = 3,

    /// <summary>The kind of query is not served.</summary>
    NotImplemented = 4,

    /// <summary>The query is not answered, on purpose.</summary>
    Refused = 5,

    /// <summary>The query's EDNS version is not served.</summary>
    BadVersion = 16,
}
