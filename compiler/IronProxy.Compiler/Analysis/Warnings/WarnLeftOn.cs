using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>An allowlist only records what it would refuse.</summary>
internal sealed class WarnLeftOn : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2033";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        foreach (var allowlist in context.Plan.Steps.OfType<AllowlistStepPlan>().Where(a => a.Warn))
        {
            context.Report(
                this,
                AnalysisContext.PlaceOf(context.ConfigOf(allowlist), "warn"),
                "with warn: true this allowlist lets everything through and only records what it would refuse",
                "remove warn: when the audit log shows no request that should have been allowed");
        }
    }
}
