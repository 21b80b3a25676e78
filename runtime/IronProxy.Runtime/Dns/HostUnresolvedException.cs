using IronProxy.Plan;

namespace IronProxy.Runtime.Dns;

/// <summary>A host has no address, or none could be found out.</summary>
public sealed class HostUnresolvedException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the client is told.</summary>
    public Reason Reason { get; } = inner is TooManyLookupsException ? Reason.TooManyLookups : Reason.UpstreamUnresolved;
}
