using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.Grpc;

/// <summary>TLS of the connection to a gRPC server. Paths are relative to the proxy's working directory.</summary>
internal sealed record GrpcTlsConfig : ConfigRecord
{
    /// <summary>Whether the connection uses TLS.</summary>
    [Key("enabled", Default = false)]
    public Located<bool>? Enabled { get; init; }

    /// <summary>Path of the certificates (PEM) that the server is verified with. The system's when absent.</summary>
    [Key("ca_cert")]
    public Located<string>? CaCert { get; init; }

    /// <summary>Path of the proxy's own certificate (PEM). Stands together with key.</summary>
    [Key("cert")]
    public Located<string>? Cert { get; init; }

    /// <summary>Path of the private key (PEM) of cert. Stands together with cert.</summary>
    [Key("key")]
    public Located<string>? Key { get; init; }
}
