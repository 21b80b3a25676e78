using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Lets a gRPC server decide about requests and responses.</summary>
public sealed record GrpcStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "grpc";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => SendRequestBody ? StepNeeds.WholeBody : StepNeeds.Head;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Title => "the gRPC server";

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Refuse;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [Rules];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<FileUse> Files => Tls?.FilesAt(At) ?? [];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<HeaderPatternPlan> HeaderPatterns => AllowedHeaders ?? [];

    /// <inheritdoc />
    [JsonIgnore]
    public override string Asks => Title;

    /// <summary>Name for logs and audit records.</summary>
    public required string Name { get; init; }

    /// <summary>Host of the server: a name or an IP literal.</summary>
    public required string Host { get; init; }

    /// <summary>Port of the server.</summary>
    public required int Port { get; init; }

    /// <summary>How long one answer may take, in milliseconds.</summary>
    public required long TimeoutMs { get; init; }

    /// <summary>Headers that the server is sent and may change, of requests and of responses. Null is all of them.</summary>
    public ImmutableArray<HeaderPatternPlan>? AllowedHeaders { get; init; }

    /// <summary>Whether the server is sent request bodies.</summary>
    public bool SendRequestBody { get; init; }

    /// <summary>Whether the server is sent response bodies.</summary>
    public bool SendResponseBody { get; init; }

    /// <summary>TLS of the connection to the server. Null connects without.</summary>
    public GrpcTlsPlan? Tls { get; init; }

    /// <summary>Index of the rule set that says where the step acts. Null means everywhere.</summary>
    public int? Rules { get; init; }
}

/// <summary>TLS of the connection to a gRPC server. Paths are relative to the proxy's working directory.</summary>
public sealed record GrpcTlsPlan
{
    /// <summary>Certificates (PEM) that the server is verified with. Null uses the system's.</summary>
    public string? CaCert { get; init; }

    /// <summary>The proxy's own certificate (PEM). Set together with <see cref="Key"/>.</summary>
    public string? Cert { get; init; }

    /// <summary>The private key (PEM) of <see cref="Cert"/>.</summary>
    public string? Key { get; init; }

    internal ImmutableArray<FileUse> FilesAt(SourcePosition at) =>
    [
        .. ((string?[])[CaCert, Cert]).OfType<string>().Select(path => new FileUse(path, at) { IsSecret = false }),
        .. Key is { } key ? [new FileUse(key, at)] : (FileUse[])[],
    ];
}
