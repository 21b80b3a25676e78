namespace IronProxy.Pipeline.Transforms;

/// <summary>A server of the operator that decides about requests and responses, and may change them.</summary>
public interface ITransformServer : IDisposable
{
    /// <summary>Asks about a request, or about a response when there is one.</summary>
    /// <exception cref="TransformServerException">There is no answer, or none that says what to do.</exception>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    Task<TransformAnswer> AskAsync(TransformQuestion question, CancellationToken cancellation);
}
