using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>A step that <c>iron-proxy</c> runs, and what it says while it runs, for one request.</summary>
internal sealed class ExplainedStep(StepPlan plan, IRequestStep step, RequestScope scope) : IRequestStep
{
    public string Name => plan.Type;

    /// <summary>One that is hidden says so.</summary>
    public bool DecidesDestinations => true;

    /// <summary>What it did.</summary>
    public StepExplanation Explanation { get; private set; } = StepExplanation.Of(plan, StepAnswer.NotReached);

    /// <summary>Who must agree at run time before the request goes on. Null when nobody is asked.</summary>
    public Dependency? Dependency { get; private set; }

    public async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (scope.Request.IsDestination && !plan.DecidesDestinations)
        {
            Explanation = StepExplanation.Of(plan, StepAnswer.Hidden);
            return StepOutcome.Continue;
        }

        var request = (ExplainedRequest)context; // Nothing else is explained.
        var notes = new StepNotes(plan, scope, request);
        request.Listen(notes);
        var outcome = await step.RunAsync(request).ConfigureAwait(false);
        request.Listen(null);
        var explanation = notes.ToExplanation();
        Dependency = (explanation.Asks?.Name ?? notes.WaitsFor) is { } asked ? new Dependency(plan.Type, asked, plan.At) : null;
        outcome = notes.WaitsFor is null ? outcome : StepOutcome.Continue;
        Explanation = outcome.Rejection is { } reason ? explanation with { Outcome = StepAnswer.Reject, Reason = reason.Code }
            : outcome.Answer is not null ? explanation with { Outcome = StepAnswer.Stub }
            : explanation;
        return outcome;
    }
}
