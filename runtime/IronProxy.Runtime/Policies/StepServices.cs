using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Secrets;

namespace IronProxy.Runtime.Policies;

/// <summary>What the steps of one policy are given.</summary>
/// <param name="secrets">The secrets of the policy.</param>
internal sealed class StepServices(SecretStore secrets) : IStepServices
{
    /// <inheritdoc />
    public ILiveSecret Secret(SecretPlan plan) => secrets.Add(plan);
}
