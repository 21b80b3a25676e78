using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Runs <c>annotate</c>. It reads what the workload sent, so a swapped secret cannot reach the record wherever the step is listed.</summary>
/// <param name="plan">The step.</param>
public sealed class AnnotateStep(AnnotateStepPlan plan) : IRequestStep
{
    /// <inheritdoc />
    public string Name => plan.Type;

    /// <inheritdoc />
    public ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        foreach (var group in plan.Annotations)
        {
            if (!context.IsInScope(group.Rules))
            {
                continue;
            }

            context.Observer?.Records(group.Headers);
            foreach (var header in group.Headers)
            {
                if (context.Received.Find(header) is { } value)
                {
                    context.Step.Annotate("header:" + HeaderName.Canonical(header), value);
                }
            }
        }

        return new(StepOutcome.Continue);
    }
}
