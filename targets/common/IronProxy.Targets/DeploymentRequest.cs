using IronProxy.Plan;
using IronProxy.Targets.Model;
using IronProxy.Targets.Options;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets;

/// <summary>What a target gets.</summary>
/// <param name="Plan">The compiled policy.</param>
/// <param name="PlanJson">Its bytes, as the proxy reads them.</param>
/// <param name="Model">What the plan asks of a deployment.</param>
/// <param name="Options">The options of the target, checked and with their defaults.</param>
/// <param name="Preflight">Where findings go.</param>
public sealed record DeploymentRequest(
    ProxyPlan Plan, ReadOnlyMemory<byte> PlanJson, DeploymentModel Model, OptionValues Options, PreflightReport Preflight)
{
    /// <summary>The text of proxy.yaml, for targets that add to it where they run. Null when a compiled plan is deployed.</summary>
    public string? PolicyText { get; init; }
}
