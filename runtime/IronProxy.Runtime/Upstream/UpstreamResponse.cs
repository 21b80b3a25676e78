using IronProxy.Pipeline;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// What an upstream answers: the head is there, the body comes as it is read. Whoever has one disposes it; only then is the
/// request's body no longer read.
/// </summary>
internal abstract class UpstreamResponse : ResponseBody, IAsyncDisposable
{
    /// <summary>Status code, 200 to 599, or 101.</summary>
    public abstract int Status { get; }

    /// <summary>The header lines in their order, without those that say where the body ends.</summary>
    public abstract IEnumerable<KeyValuePair<string, string>> Headers { get; }

    /// <summary>Whether the whole of the request's body was sent.</summary>
    public abstract bool RequestSent { get; }

    /// <inheritdoc />
    public abstract ValueTask DisposeAsync();
}
