namespace IronProxy.Pipeline;

/// <summary>The body of a response, which is read once, piece by piece, and the trailers behind it.</summary>
public abstract class ResponseBody
{
    /// <summary>Its length; null when it is not known before its end. The answer to HEAD, and 304, tell the length of what they leave out.</summary>
    public abstract long? Length { get; }

    /// <summary>Whether trailers may follow.</summary>
    public abstract bool MayHaveTrailers { get; }

    /// <summary>The trailers, once the body has ended. Those of a connection are among them, and are not sent on.</summary>
    public abstract IEnumerable<KeyValuePair<string, string>> Trailers { get; }

    /// <summary>Reads what there is, waiting for at least one byte; 0 at the end. Errors come with the task.</summary>
    /// <exception cref="IOException">It broke off.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation);
}
