using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Cli.Explaining;

/// <summary>What steps are given where no real value is known.</summary>
internal sealed class HiddenServices : IStepServices
{
    public static HiddenServices Instance { get; } = new();

    public ILiveSecret Secret(SecretPlan plan) => new Secret(plan, new SecretValue(ExplainedRequest.Hidden));
}
