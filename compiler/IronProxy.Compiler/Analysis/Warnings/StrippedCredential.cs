using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A header_allowlist takes the header away again that an earlier step has set with a credential.</summary>
internal sealed class StrippedCredential : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2023";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        var steps = context.Plan.Steps;
        foreach (var list in steps.OfType<HeaderAllowlistStepPlan>())
        {
            var at = steps.IndexOf(list);
            var allowed = new HeaderMatcher(list.Headers);
            foreach (var credential in context.Credentials.Where(c => steps.IndexOf(c.Step) < at))
            {
                if (credential.Sets.FirstOrDefault(h => !allowed.Matches(h)) is { } header && context.MayMeet(credential.Rules, list.Rules))
                {
                    context.Report(
                        this,
                        list.At,
                        $"{header} is not listed here, so what {credential.Title} on line {credential.At.Line} sets in it is taken away again",
                        $"add {header} to headers:");
                }
            }
        }
    }
}
