using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Somebody who asks, and what names them. Rules name clients; each of the ways is enough.</summary>
public sealed record ClientPlan
{
    /// <summary>Its name in rules and audit records.</summary>
    public required string Name { get; init; }

    /// <summary>The user name that comes with <see cref="Password"/>, in Basic credentials and over SOCKS5. Null without a password.</summary>
    public string? Username { get; init; }

    /// <summary>The password that the client shows. Null when it shows none.</summary>
    public CredentialPlan? Password { get; init; }

    /// <summary>What the client's certificate says. Null when it shows none.</summary>
    public ClientCertificatePlan? Certificate { get; init; }

    /// <summary>Networks from which whoever shows nothing else is this client. Null when there are none.</summary>
    public ImmutableArray<string>? Networks { get; init; }

    /// <summary>Where the client is written.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>Where the client's secret is read.</summary>
    [JsonIgnore]
    public ImmutableArray<SecretSourcePlan> Sources => Password is { } password ? [password.Source] : [];
}

/// <summary>What a certificate must say to be a client's.</summary>
/// <param name="Kind">Which part of it: a constant of this type.</param>
/// <param name="Value">What stands there: exactly that, and no pattern.</param>
public sealed record ClientCertificatePlan(string Kind, string Value)
{
    /// <summary>A DNS name of its subject alternative names, in canonical form.</summary>
    public const string Dns = "dns";

    /// <summary>A URI of its subject alternative names, as SPIFFE has them.</summary>
    public const string Uri = "uri";

    /// <summary>An e-mail address of its subject alternative names.</summary>
    public const string Email = "email";

    /// <summary>The one common name of its subject.</summary>
    public const string CommonName = "cn";

    /// <summary>The SHA-256 of the certificate itself, in lower-case hexadecimal digits.</summary>
    public const string Sha256 = "sha256";

    /// <summary>Every kind.</summary>
    public static ImmutableArray<string> Kinds { get; } = [Dns, Uri, Email, CommonName, Sha256];
}

/// <summary>TLS on the tunnel listener itself, as for proxies with https URLs.</summary>
public sealed record TunnelTlsPlan
{
    /// <summary>Path of the listener's certificate (PEM), with those that lead to its CA, relative to the proxy's working directory.</summary>
    public required string Cert { get; init; }

    /// <summary>Path of its private key (PEM), relative to the proxy's working directory.</summary>
    public required string Key { get; init; }

    /// <summary>Path of the CAs (PEM) whose certificates clients may show. Null asks for none.</summary>
    public string? ClientCa { get; init; }

    /// <summary>The files that the section names.</summary>
    [JsonIgnore]
    public ImmutableArray<FileUse> Files =>
    [
        new(Cert, default) { Key = "proxy.tunnel_tls.cert", IsSecret = false },
        new(Key, default) { Key = "proxy.tunnel_tls.key" },
        .. ClientCa is { } ca ? [new FileUse(ca, default) { Key = "proxy.tunnel_tls.client_ca", IsSecret = false }] : (FileUse[])[],
    ];
}
