using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>A step that says what it does, for one request.</summary>
internal abstract class ExplainedStep(StepPlan plan, RequestScope scope) : IRequestStep
{
    public string Name => Plan.Type;

    /// <summary>One that is hidden says so.</summary>
    public bool DecidesDestinations => true;

    /// <summary>What it did.</summary>
    public StepExplanation Explanation { get; private set; } = StepExplanation.Of(plan, StepAnswer.NotReached);

    /// <summary>Who must agree at run time before the request goes on. Null when nobody is asked.</summary>
    public Dependency? Dependency { get; protected set; }

    /// <summary>The step.</summary>
    protected StepPlan Plan { get; } = plan;

    protected RequestScope Scope { get; } = scope;

    public async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (Scope.Request.IsDestination && !Plan.DecidesDestinations)
        {
            Explanation = StepExplanation.Of(Plan, StepAnswer.Hidden);
            return StepOutcome.Continue;
        }

        var request = (ExplainedRequest)context; // Nothing else is explained.
        var (outcome, explanation) = await ExplainAsync(request).ConfigureAwait(false);
        Explanation = outcome.Rejection is { } reason ? explanation with { Outcome = StepAnswer.Reject, Reason = reason.Code }
            : outcome.Answer is not null ? explanation with { Outcome = StepAnswer.Stub }
            : explanation;
        return outcome;
    }

    /// <summary>Runs the step, and says what it did. A rejection, and an answer, is added to that here.</summary>
    protected abstract ValueTask<(StepOutcome Outcome, StepExplanation Explanation)> ExplainAsync(ExplainedRequest request);

    /// <summary>Begins the explanation of a step with rules of its own.</summary>
    protected StepExplanation Scoped(int? rules, out bool inScope)
    {
        inScope = Scope.Holds(rules, out var rule, out var nearest);
        return StepExplanation.Of(Plan, StepAnswer.Continue) with { InScope = inScope, Rule = rule?.At, Nearest = nearest };
    }
}
