using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>TLS on the tunnel listener itself, for clients that know proxies with https URLs. Tunnels in it carry TLS of their own.</summary>
internal sealed record TunnelTlsConfig : ConfigRecord
{
    /// <summary>Path of the listener's certificate (PEM), with those that lead to its CA behind it, relative to the proxy's working directory.</summary>
    [Key("cert", Required = true)]
    public Located<string>? Cert { get; init; }

    /// <summary>Path of its private key (PEM), relative to the proxy's working directory.</summary>
    [Key("key", Required = true)]
    public Located<string>? Key { get; init; }

    /// <summary>Path of the CAs (PEM) that sign certificates of clients, relative to the proxy's working directory. Without it clients are asked for none.</summary>
    [Key("client_ca")]
    public Located<string>? ClientCa { get; init; }
}
