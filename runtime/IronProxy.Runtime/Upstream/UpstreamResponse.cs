namespace IronProxy.Runtime.Upstream;

/// <summary>
/// What an upstream answers: the head is there, the body comes as it is read. Whoever has one disposes it; only then is the
/// request's body no longer read.
/// </summary>
internal abstract class UpstreamResponse : IAsyncDisposable
{
    /// <summary>Status code, 200 to 599.</summary>
    public abstract int Status { get; }

    /// <summary>The header lines in their order, without those that say where the body ends.</summary>
    public abstract IEnumerable<KeyValuePair<string, string>> Headers { get; }

    /// <summary>Content-Length; null when there is none.</summary>
    public abstract long? ContentLength { get; }

    /// <summary>Whether trailers may follow the body.</summary>
    public abstract bool MayHaveTrailers { get; }

    /// <summary>Whether the whole of the request's body was sent.</summary>
    public abstract bool RequestSent { get; }

    /// <summary>The trailers, once the body has ended.</summary>
    public abstract IEnumerable<KeyValuePair<string, string>> Trailers { get; }

    /// <summary>Reads what there is of the body, waiting for at least one byte; 0 at its end.</summary>
    /// <exception cref="IOException">The upstream broke off.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation);

    /// <inheritdoc />
    public abstract ValueTask DisposeAsync();
}
