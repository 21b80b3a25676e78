using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Tls;

/// <summary>How HTTPS traffic is handled.</summary>
internal sealed record TlsConfig : ConfigRecord
{
    /// <summary>The keys that mean something in mitm mode alone.</summary>
    public static readonly string[] MitmKeys = ["ca_cert", "ca_key", "cert_cache_size", "leaf_cert_expiry_hours"];

    /// <summary>TLS handling: mitm terminates TLS with leaf certificates that the CA below signs; sni-only passes TLS through unopened, where the allowlist lets its host and port through, and needs no CA.</summary>
    [Key("mode", Default = TlsModes.Mitm, OneOf = [TlsModes.Mitm, TlsModes.SniOnly])]
    public Located<string>? Mode { get; init; }

    /// <summary>What the mode means; a file that says nothing asks for mitm.</summary>
    public TlsMode EffectiveMode => TlsModes.Find(Mode?.Value) ?? TlsMode.Mitm;

    /// <summary>Path of the CA certificate (PEM), relative to the proxy's working directory. Required for mitm.</summary>
    [Key("ca_cert")]
    public Located<string>? CaCert { get; init; }

    /// <summary>Path of the CA's private key (PEM), relative to the proxy's working directory. Required for mitm.</summary>
    [Key("ca_key")]
    public Located<string>? CaKey { get; init; }

    /// <summary>How many leaf certificates are kept.</summary>
    [Key("cert_cache_size", Default = 1000L, Minimum = 1, Maximum = 10_000_000)]
    public Located<long>? CertCacheSize { get; init; }

    /// <summary>How long a leaf certificate is valid, in hours; a year at most.</summary>
    [Key("leaf_cert_expiry_hours", Default = 72L, Minimum = 1, Maximum = 8760)]
    public Located<long>? LeafCertExpiryHours { get; init; }
}
