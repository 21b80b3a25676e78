using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.Metrics;

/// <summary>The listener for health checks and metrics.</summary>
internal sealed record MetricsConfig : ConfigRecord
{
    /// <summary>Address and port of /healthz, /readyz and /metrics. An empty text disables the listener.</summary>
    [Key("listen", Default = ":9090")]
    public Located<string>? Listen { get; init; }
}
