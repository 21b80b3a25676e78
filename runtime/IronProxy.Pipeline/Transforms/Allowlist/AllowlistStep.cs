using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Runs <c>allowlist</c>.</summary>
/// <param name="plan">The step.</param>
public sealed class AllowlistStep(AllowlistStepPlan plan) : IRequestStep
{
    /// <inheritdoc />
    public string Name => plan.Type;

    /// <inheritdoc />
    public bool DecidesDestinations => plan.DecidesDestinations;

    /// <inheritdoc />
    public ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        var decision = context.Policy.Decide(plan, context.Host, context.Request);
        context.Observer?.Decided(decision);
        if (decision.Denial is not { } denial)
        {
            return new(StepOutcome.Allow(decision.Rule?.At));
        }

        if (!plan.Warn)
        {
            return new(StepOutcome.Reject(denial, plan.At)); // No rule matched, so that the list itself has decided.
        }

        context.Record.Warned = true;
        context.Step.Annotate("warn", true);
        context.Step.Annotate("violation", denial.Code);
        return new(StepOutcome.Continue);
    }
}
