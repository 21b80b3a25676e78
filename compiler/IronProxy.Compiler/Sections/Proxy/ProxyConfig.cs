using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Sections.Clients;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>The proxy's listeners, limits and upstream connections.</summary>
internal sealed record ProxyConfig : ConfigRecord
{
    /// <summary>A body that is held is one array, and those end a little above this.</summary>
    private const long MaxBytes = 2_000_000_000;

    /// <summary>Address and port for HTTP. An empty text disables the listener.</summary>
    [Key("http_listen", Default = ":80")]
    public Located<string>? HttpListen { get; init; }

    /// <summary>Address and port for HTTPS. An empty text disables the listener.</summary>
    [Key("https_listen", Default = ":443")]
    public Located<string>? HttpsListen { get; init; }

    /// <summary>Address and port for CONNECT and SOCKS5 tunnels. Disabled when absent or empty.</summary>
    [Key("tunnel_listen")]
    public Located<string>? TunnelListen { get; init; }

    /// <summary>TLS on the tunnel listener itself. It speaks none when absent.</summary>
    [Key("tunnel_tls")]
    public TunnelTlsConfig? TunnelTls { get; init; }

    /// <summary>Who may ask. With clients the tunnel listener serves nobody else; what is intercepted is not refused for that, but rules can ask for clients.</summary>
    [Key("clients")]
    public LocatedList<ClientConfig>? Clients { get; init; }

    /// <summary>Largest request body in bytes that a transform may hold in memory. A larger one is refused, never cut.</summary>
    [Key("max_request_body_bytes", Default = 1048576L, Minimum = 1, Maximum = MaxBytes)]
    public Located<long>? MaxRequestBodyBytes { get; init; }

    /// <summary>Largest response body in bytes that a transform may hold in memory. 0 is no limit.</summary>
    [Key("max_response_body_bytes", Default = 0L, Minimum = 0, Maximum = MaxBytes)]
    public Located<long>? MaxResponseBodyBytes { get; init; }

    /// <summary>How long an upstream may take to begin its response, such as 30s or 2m30s.</summary>
    [Key("upstream_response_header_timeout", Default = "30s")]
    public Located<string>? UpstreamResponseHeaderTimeout { get; init; }

    /// <summary>
    /// Networks that are never dialled, checked on the resolved address. A list replaces the defaults, unless "default" stands in it for them; an empty list allows
    /// every address.
    /// </summary>
    [Key(
        "upstream_deny_cidrs",
        Default = new[]
        {
            "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "224.0.0.0/4", "255.255.255.255/32",
            "::1/128", "fe80::/10", "ff00::/8", "fd00:ec2::/32", "fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128", "fd00:42::42/128", "fd00:a9fe:a9fe::1/128", "fd00:100::100:200/128",
        })]
    public LocatedList<Located<string>>? UpstreamDenyCidrs { get; init; }

    /// <summary>Proxies between this one and the upstream servers. The servers themselves are dialled when absent.</summary>
    [Key("upstream_proxy")]
    public UpstreamProxyConfig? UpstreamProxy { get; init; }

    /// <summary>Files with certificates of CAs (PEM) that upstreams and https proxies may have, beside those that the system trusts. Paths are relative to the proxy's working directory.</summary>
    [Key("upstream_ca")]
    public LocatedList<Located<string>>? UpstreamCa { get; init; }
}
