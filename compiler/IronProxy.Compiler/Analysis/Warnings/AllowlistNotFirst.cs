using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A step decides or changes requests before the first allowlist has refused those that are not allowed. Observers may.</summary>
internal sealed class AllowlistNotFirst : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2021";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        var steps = context.Plan.Steps;
        var allowlist = steps.First(s => s is AllowlistStepPlan);
        if (steps.TakeWhile(s => s != allowlist).FirstOrDefault(s => s.Effect != StepEffect.Record) is { } early)
        {
            context.Report(
                this,
                allowlist.At,
                $"{early.Type} on line {early.At.Line} works on requests that this allowlist refuses only afterwards",
                "put the allowlist first");
        }
    }
}
