using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>Proxies between this one and the upstream servers, as a company network may ask for.</summary>
internal sealed record UpstreamProxyConfig : ConfigRecord
{
    /// <summary>URL of the proxy for requests over http, such as http://proxy.corp.example:3128.</summary>
    [Key("http_proxy")]
    public Located<string>? HttpProxy { get; init; }

    /// <summary>URL of the proxy for requests over https.</summary>
    [Key("https_proxy")]
    public Located<string>? HttpsProxy { get; init; }

    /// <summary>Hosts that are dialled without a proxy: names, addresses and networks with commas between them. A name stands for all below it too.</summary>
    [Key("no_proxy")]
    public Located<string>? NoProxy { get; init; }
}
