using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.Dns;

/// <summary>The built-in DNS server, which answers with the proxy's address so that traffic is routed through it.</summary>
internal sealed record DnsConfig : ConfigRecord
{
    /// <summary>Whether the DNS server runs.</summary>
    [Key("enabled", Default = true)]
    public Located<bool>? Enabled { get; init; }

    /// <summary>Address and port that the DNS server binds, over UDP and TCP.</summary>
    [Key("listen", Default = ":53")]
    public Located<string>? Listen { get; init; }

    /// <summary>IPv4 or IPv6 address where the proxy is reached. Every intercepted name resolves to it. Required unless the server is disabled.</summary>
    [Key("proxy_ip")]
    public Located<string>? ProxyIp { get; init; }

    /// <summary>IPv6 address where the proxy is reached, beside an IPv4 address in proxy_ip. AAAA questions for intercepted names are answered with it; without it they are answered empty.</summary>
    [Key("proxy_ipv6")]
    public Located<string>? ProxyIpv6 { get; init; }

    /// <summary>Resolver for names that are passed through and for the proxy's own lookups, such as 8.8.8.8:53. The system's when absent.</summary>
    [Key("upstream_resolver")]
    public Located<string>? UpstreamResolver { get; init; }

    /// <summary>Host patterns whose lookups go to the upstream resolver instead of being answered with proxy_ip.</summary>
    [Key("passthrough")]
    public LocatedList<Located<string>>? Passthrough { get; init; }

    /// <summary>Whether names that no allowlist has a rule for do not exist (NXDOMAIN), unless they are static records or passed through. An allowlist with warn: true lists every name. See docs/reference/dns.md.</summary>
    [Key("deny_unlisted", Default = false)]
    public Located<bool>? DenyUnlisted { get; init; }

    /// <summary>Static records, which go before interception and passthrough.</summary>
    [Key("records")]
    public LocatedList<DnsRecordConfig>? Records { get; init; }
}
