using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>What steps are given where no real value is known.</summary>
internal sealed class HiddenServices : IStepServices
{
    public static HiddenServices Instance { get; } = new();

    public TimeProvider Time => TimeProvider.System;

    public ILive<Secret> Secret(SecretPlan plan) => new Secret(plan, new SecretValue(ExplainedRequest.Hidden));

    /// <summary>Empty, which is a value in every encoding: what is made of it is told by names, and never shown.</summary>
    public ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem) => new Unknown();

    private sealed class Unknown : ILive<SecretValue>
    {
        public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) => new(new SecretValue(""));
    }
}
