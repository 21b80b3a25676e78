using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Limits;

/// <summary>What the requests of all clients share.</summary>
/// <param name="limits">The limits.</param>
/// <param name="metrics">What counts.</param>
public sealed class RequestLimits(ProxyLimits limits, ProxyMetrics metrics)
{
    /// <summary>The memory that whole bodies may take.</summary>
    public BufferedBodies Bodies { get; } = new(limits.BufferedBodyBytes, metrics);
}
