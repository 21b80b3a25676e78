using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// A body_capture stands behind a swap in the body. Here it records what the workload sent, wherever it stands (decision 7),
/// so nothing leaks; the original records what stands in the body by then, which is the secret.
/// </summary>
internal sealed class CaptureBehindSwap : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2025";

    /// <inheritdoc />
    public override DiagnosticSeverity Severity => DiagnosticSeverity.Information;

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        var steps = context.Plan.Steps;
        foreach (var capture in steps.OfType<BodyCaptureStepPlan>())
        {
            var at = steps.IndexOf(capture);
            var swap = context.Credentials.FirstOrDefault(c =>
                c.Replace is { Body: true } && steps.IndexOf(c.Step) < at && context.MayMeet(c.Rules, capture.Rules));
            if (swap is not null)
            {
                context.Report(
                    this,
                    capture.At,
                    $"this records the body as the workload sent it, and in the original iron-proxy it would record {swap.Title} of line {swap.At.Line}",
                    "move body_capture above secrets if the file is used with the original, too");
            }
        }
    }
}
