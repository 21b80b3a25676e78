using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A header_allowlist takes away what the workload sends for a later step: the placeholder, or the signature to replace.</summary>
internal sealed class StrippedPlaceholder : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2024";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        var steps = context.Plan.Steps;
        foreach (var list in steps.OfType<HeaderAllowlistStepPlan>())
        {
            var at = steps.IndexOf(list);
            var allowed = new HeaderMatcher(list.Headers);
            foreach (var credential in context.Credentials.Where(c => steps.IndexOf(c.Step) > at && !c.Needs.IsEmpty))
            {
                if (!credential.Needs.Any(allowed.Matches) && context.MayMeet(credential.Rules, list.Rules))
                {
                    context.Report(
                        this,
                        list.At,
                        $"{string.Join(" and ", credential.Needs)} {(credential.Needs.Length == 1 ? "is" : "are")} not listed here, so {credential.Title} on line {credential.At.Line} never finds what it looks for",
                        $"move header_allowlist behind {credential.Step.Type}, and list the headers that are sent");
                }
            }
        }
    }
}
