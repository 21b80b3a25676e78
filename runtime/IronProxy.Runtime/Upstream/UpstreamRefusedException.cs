using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>An upstream was not dialled, or not reached. Carries the reason through the HTTP client.</summary>
public sealed class UpstreamRefusedException(Reason reason, Exception? inner = null) : IOException(reason.Sentence, inner)
{
    /// <summary>Why.</summary>
    public Reason Reason { get; } = reason;

    /// <summary>Whether it speaks none of the protocols that were offered to it.</summary>
    public bool SharesNoProtocol { get; init; }
}
