using IronProxy.Plan;
using IronProxy.Runtime.Pipeline;

namespace IronProxy.Runtime.Transforms.Annotate;

/// <summary>Runs <c>annotate</c>. It reads what the workload sent, so a swapped secret cannot reach the record wherever the step is listed.</summary>
internal sealed class AnnotateStep(AnnotateStepPlan plan, PlanPolicy policy) : IRequestStep
{
    public string Name => plan.Type;

    public ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        foreach (var group in plan.Annotations)
        {
            if (!policy.Matcher.Matches(group.Rules, context.Host, context.Request, out _))
            {
                continue;
            }

            foreach (var header in group.Headers)
            {
                if (context.ReceivedHeaders.TryGetValue(header, out var values))
                {
                    context.Step.Annotate("header:" + HeaderName.Canonical(header), values.ToString());
                }
            }
        }

        return new(StepOutcome.Continue);
    }
}
