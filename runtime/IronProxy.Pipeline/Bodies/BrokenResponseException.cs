using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>A response cannot be read to its end.</summary>
public class BrokenResponseException(Reason reason, Exception? inner = null) : IOException(reason.Sentence, inner)
{
    /// <summary>Why.</summary>
    public Reason Reason { get; } = reason;
}
