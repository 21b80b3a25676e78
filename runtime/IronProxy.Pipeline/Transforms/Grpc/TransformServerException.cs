using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>A server of a grpc transform has no answer.</summary>
/// <param name="reason">Why the request is refused.</param>
/// <param name="words">What was wrong, as the end of a sentence that repeats nothing of what was sent or received.</param>
public sealed class TransformServerException(Reason reason, string words) : Exception(words)
{
    /// <summary>Why the request is refused.</summary>
    public Reason Reason { get; } = reason;
}
