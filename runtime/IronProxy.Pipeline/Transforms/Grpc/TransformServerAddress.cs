using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Where a server of a grpc transform is, and how it is asked.</summary>
/// <param name="Name">What the transform is called.</param>
/// <param name="Host">Its host: a name or an IP literal.</param>
/// <param name="Port">Its port.</param>
/// <param name="At">Where the transform is written.</param>
public sealed record TransformServerAddress(string Name, string Host, int Port, SourcePosition At)
{
    /// <summary>TLS of the connection. Null connects without.</summary>
    public GrpcTlsPlan? Tls { get; init; }

    /// <summary>How long one answer may take.</summary>
    public required TimeSpan Timeout { get; init; }
}
