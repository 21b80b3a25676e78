using IronProxy.Plan;
using IronProxy.Runtime.Pipeline;

namespace IronProxy.Runtime.Transforms.Allowlist;

/// <summary>Runs <c>allowlist</c>.</summary>
internal sealed class AllowlistStep(AllowlistStepPlan plan, PlanPolicy policy) : IRequestStep
{
    public string Name => plan.Type;

    public ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        var decision = policy.Decide(plan, context.Host, context.Request);
        if (decision.Allowed)
        {
            return new(StepOutcome.Allow(decision.Rule?.At));
        }

        if (!plan.Warn)
        {
            return new(StepOutcome.Reject(decision.Denial!, null));
        }

        context.Audit.Warned = true;
        context.Step.Annotate("warn", true);
        context.Step.Annotate("violation", decision.Denial!.Code);
        return new(StepOutcome.Continue);
    }
}
