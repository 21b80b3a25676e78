using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>Puts the answer of an allowlist into words.</summary>
internal static class AllowlistAnswer
{
    public static StepExplanation Explain(AllowlistStepPlan step, PolicyDecision decision, NearestMiss? nearest) =>
        StepExplanation.Of(step, Outcome(step, decision)) with { Reason = decision.Denial?.Code, Rule = decision.Rule?.At, Nearest = nearest };

    private static string Outcome(AllowlistStepPlan step, PolicyDecision decision) => decision.Allowed ? StepAnswer.Continue
        : step.Warn ? StepAnswer.Warn
        : StepAnswer.Reject;
}
