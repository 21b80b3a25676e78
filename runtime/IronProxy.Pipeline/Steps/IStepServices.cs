using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>
/// What steps are given from outside. The runtime reads real secrets; <c>ironc explain</c> has none, and puts something else in their place. It is asked
/// while a policy is made, and what it gives ends with the policy.
/// </summary>
public interface IStepServices
{
    /// <summary>An entry of <c>secrets</c>. Its value is read before the policy starts.</summary>
    ILiveSecret Secret(SecretPlan plan);
}
