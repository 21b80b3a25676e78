using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Rules;

namespace IronProxy.Compiler.Transforms.Grpc;

/// <summary>Lets a gRPC server decide about requests and responses.</summary>
internal sealed record GrpcConfig : ConfigRecord
{
    /// <summary>Name for logs and audit records.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>Host and port of the server, such as localhost:9500.</summary>
    [Key("target", Required = true)]
    public Located<string>? Target { get; init; }

    /// <summary>Whether the server is sent request bodies.</summary>
    [Key("send_request_body", Default = false)]
    public Located<bool>? SendRequestBody { get; init; }

    /// <summary>Whether the server is sent response bodies.</summary>
    [Key("send_response_body", Default = false)]
    public Located<bool>? SendResponseBody { get; init; }

    /// <summary>Headers that the server is sent and may change, of requests and of responses: names, and /regular expressions/ over canonical names. All when absent.</summary>
    [Key("allowed_headers")]
    public LocatedList<Located<string>>? AllowedHeaders { get; init; }

    /// <summary>How long one answer may take, such as 8s. Without one the request is refused.</summary>
    [Key("timeout", Default = "8s")]
    public Located<string>? Timeout { get; init; }

    /// <summary>Where the transform acts. Everywhere when absent or empty.</summary>
    [Key("rules")]
    public LocatedList<RuleConfig>? Rules { get; init; }

    /// <summary>TLS of the connection to the server.</summary>
    [Key("tls")]
    public GrpcTlsConfig? Tls { get; init; }
}
