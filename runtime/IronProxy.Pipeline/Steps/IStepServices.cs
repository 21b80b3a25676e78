using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>
/// What steps are given from outside. The runtime reads real secrets; <c>ironc explain</c> has none, and puts something else in their place. It is asked
/// while a policy is made, and what it gives ends with the policy.
/// </summary>
public interface IStepServices
{
    /// <summary>The clock.</summary>
    TimeProvider Time { get; }

    /// <summary>An entry of <c>secrets</c>. Its value is read before the policy starts.</summary>
    ILive<Secret> Secret(SecretPlan plan);

    /// <summary>A credential of a step. Its value is read before the policy starts.</summary>
    /// <param name="plan">The credential.</param>
    /// <param name="step">Whose it is.</param>
    /// <param name="findProblem">
    /// Looks at a real value before it is used: why it cannot be, as the end of a sentence about it that does not repeat it; null when it can. A value with a problem ends the
    /// start, and is not used in the place of an earlier one.
    /// </param>
    ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem);
}
