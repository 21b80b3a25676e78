using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Secrets;
using IronProxy.Runtime.Transforms;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Policies;

/// <summary>What policies are made of that is not in their plans.</summary>
/// <param name="CreateSteps">Makes the steps of a plan.</param>
/// <param name="Trust">Whose certificates are accepted of upstreams.</param>
internal sealed record PolicyParts(Func<ProxyPlan, SecretStore, IStep[]> CreateSteps, UpstreamTrust Trust)
{
    /// <summary>The parts that ship.</summary>
    public static PolicyParts Shipped { get; } = new(StepFactory.Create, UpstreamTrust.System);
}
