using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.Clients;

/// <summary>What a client's certificate says: exactly one of these. It must be signed by a CA of proxy.tunnel_tls.client_ca.</summary>
internal sealed record ClientCertificateConfig : ConfigRecord
{
    /// <summary>A DNS name of its subject alternative names, such as agent-7.internal. No wildcards.</summary>
    [Key("dns")]
    public Located<string>? Dns { get; init; }

    /// <summary>A URI of its subject alternative names, such as spiffe://corp.example/agent-7.</summary>
    [Key("uri")]
    public Located<string>? Uri { get; init; }

    /// <summary>An e-mail address of its subject alternative names.</summary>
    [Key("email")]
    public Located<string>? Email { get; init; }

    /// <summary>The common name of its subject, which has just one.</summary>
    [Key("cn")]
    public Located<string>? CommonName { get; init; }

    /// <summary>The SHA-256 of the certificate itself (DER), in hexadecimal digits, with or without colons.</summary>
    [Key("sha256")]
    public Located<string>? Sha256 { get; init; }
}
