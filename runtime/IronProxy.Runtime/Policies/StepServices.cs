using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.Secrets;

namespace IronProxy.Runtime.Policies;

/// <summary>What the steps of one policy are given.</summary>
/// <param name="secrets">The secrets of the policy.</param>
/// <param name="time">The clock.</param>
internal sealed class StepServices(SecretStore secrets, TimeProvider time) : IStepServices
{
    /// <inheritdoc />
    public TimeProvider Time { get; } = time;

    /// <inheritdoc />
    public ILive<Secret> Secret(SecretPlan plan) => secrets.Add(plan);

    /// <inheritdoc />
    public ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem) => secrets.Add(plan, step, findProblem);
}
