namespace IronProxy.Pipeline;

/// <summary>Something that is made of a secret, and may change while requests are served.</summary>
public interface ILive<T>
{
    /// <summary>Gets it as it is at the moment, mostly without waiting.</summary>
    /// <exception cref="SecretUnavailableException">There is none that may still be used.</exception>
    ValueTask<T> GetAsync(CancellationToken cancellation);
}
