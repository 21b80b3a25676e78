using System.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>Steps that this version does not run: what they would do, as far as a plan says it.</summary>
internal static class ForetoldStep
{
    public static ExplainedStep Of(StepPlan plan, RequestScope scope) => plan switch
    {
        JudgeStepPlan judge => new ExplainedQuestion(judge, judge.Rules, Services.Of(judge), scope),
        _ => throw new UnreachableException($"The step {plan.Type} has no explanation."),
    };
}

/// <summary>judge: who is asked, and what is sent there. The answer is not known here.</summary>
internal sealed class ExplainedQuestion(StepPlan plan, int? rules, ServiceExplanation service, RequestScope scope) : ExplainedStep(plan, scope)
{
    protected override ValueTask<(StepOutcome Outcome, StepExplanation Explanation)> ExplainAsync(ExplainedRequest request)
    {
        var explanation = Scoped(rules, out var inScope);
        if (!inScope)
        {
            return new((StepOutcome.Continue, explanation));
        }

        if (Plan.Needs == StepNeeds.WholeBody && request.HoldBody() is { } refusal)
        {
            return new((StepOutcome.Reject(refusal, Plan.At), explanation));
        }

        Dependency = new Dependency(Plan.Type, service.Name, Plan.At);
        var seen = request.SecretPlaces.Where(p => p != "body" || service.Sends.Contains("body"));
        return new((StepOutcome.Continue, explanation with { Outcome = StepAnswer.Undecided, Asks = service with { SeesSecrets = [.. seen] } }));
    }
}
