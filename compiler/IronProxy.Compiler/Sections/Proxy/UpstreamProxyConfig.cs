using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>Proxies between this one and the upstream servers, as a company network may ask for.</summary>
internal sealed record UpstreamProxyConfig : ConfigRecord
{
    /// <summary>URL of the proxy for requests over http, such as http://proxy.corp.example:3128. Its scheme is http, https, socks5 or socks5h.</summary>
    [Key("http_proxy")]
    public Located<string>? HttpProxy { get; init; }

    /// <summary>URL of the proxy for requests over https, likewise.</summary>
    [Key("https_proxy")]
    public Located<string>? HttpsProxy { get; init; }

    /// <summary>
    /// The environment of iron-proxy says which proxies there are: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, as they are at the start. No other key stands
    /// beside it.
    /// </summary>
    [Key("from_environment", Default = false)]
    public Located<bool>? FromEnvironment { get; init; }

    /// <summary>Hosts that are dialled without a proxy: names, addresses and networks with commas between them. A name stands for all below it too.</summary>
    [Key("no_proxy")]
    public Located<string>? NoProxy { get; init; }

    /// <summary>User name that the proxies are shown. Stands together with password.</summary>
    [Key("username")]
    public Located<string>? Username { get; init; }

    /// <summary>Where the password of username is read.</summary>
    [Key("password", Holds = KeyContent.Source)]
    public YamlMapping? Password { get; init; }
}
