using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>An entry of <c>secrets</c> whose value may change while requests are served.</summary>
public interface ILiveSecret
{
    /// <summary>The entry.</summary>
    SecretPlan Plan { get; }

    /// <summary>Gets the entry with its value of the moment, mostly without waiting.</summary>
    /// <exception cref="SecretUnavailableException">There is none that may still be used.</exception>
    ValueTask<Secret> GetAsync(CancellationToken cancellation);
}
