using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>A step that <c>iron-proxy</c> runs, and what it says while it runs.</summary>
internal sealed class RunningStep(StepPlan plan, IRequestStep step, RequestScope scope) : ExplainedStep(plan, scope)
{
    protected override async ValueTask<(StepOutcome Outcome, StepExplanation Explanation)> ExplainAsync(ExplainedRequest request)
    {
        var notes = new StepNotes(Plan, Scope, request);
        request.Listen(notes);
        var outcome = await step.RunAsync(request).ConfigureAwait(false);
        request.Listen(null);
        var explanation = notes.ToExplanation();
        Dependency = (explanation.Asks?.Name ?? notes.WaitsFor) is { } asked ? new Dependency(Plan.Type, asked, Plan.At) : null;
        return (notes.WaitsFor is null ? outcome : StepOutcome.Continue, explanation);
    }
}
