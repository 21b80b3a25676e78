using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Sections.Clients;

/// <summary>Somebody who asks, and what names them: a password, a certificate or networks. Each is enough.</summary>
internal sealed record ClientConfig : ConfigRecord
{
    /// <summary>Its name in rules and audit records: letters, digits, dots, hyphens and underscores.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>User name that stands beside password, in Proxy-Authorization (Basic) and over SOCKS5. The client's name when absent.</summary>
    [Key("username")]
    public Located<string>? Username { get; init; }

    /// <summary>Where the client's password is read. It is shown on the tunnel listener.</summary>
    [Key("password", Holds = KeyContent.Source)]
    public YamlMapping? Password { get; init; }

    /// <summary>What the client's certificate says. It is shown in TLS of the tunnel listener (tunnel_tls), and counts for more than a password.</summary>
    [Key("certificate")]
    public ClientCertificateConfig? Certificate { get; init; }

    /// <summary>Networks from which whoever shows nothing else is this client, on every listener. Of several clients' networks the most specific counts.</summary>
    [Key("networks")]
    public LocatedList<Located<string>>? Networks { get; init; }
}
