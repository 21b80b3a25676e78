using System.Diagnostics;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Policies;

/// <summary>What policies are made of that is not in their plans.</summary>
/// <param name="CreateSteps">Makes the steps of a plan.</param>
/// <param name="Trust">Whose certificates are accepted of upstreams.</param>
internal sealed record PolicyParts(Func<ProxyPlan, IStepServices, IStep[]> CreateSteps, UpstreamTrust Trust)
{
    /// <summary>The parts that ship.</summary>
    public static PolicyParts Shipped { get; } = new(Create, UpstreamTrust.System);

    /// <summary>Makes the steps of a plan, in its order.</summary>
    public static IStep[] Create(ProxyPlan plan, IStepServices services) =>
        [.. plan.Steps.Select(s => StepRegistry.Create(s, services) ?? throw new UnreachableException("A plan with parts that are missing is refused before."))];
}
