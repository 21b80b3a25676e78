using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A rule passes TLS through: what policy does not see of its hosts then.</summary>
internal sealed class TlsPassedThrough : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2035";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        foreach (var set in context.Plan.Steps.OfType<AllowlistStepPlan>().Select(a => a.PassedThrough).OfType<int>().Distinct())
        {
            var idle = context.Plan.Steps.Where(s => !s.DecidesDestinations && s.ActsOn.Any(rules => context.MayMeet(rules, set))).Select(s => s.Type).Distinct(StringComparer.Ordinal).ToArray();
            foreach (var rule in context.RuleSets[set].Items)
            {
                context.Report(
                    this,
                    rule.At,
                    $"of what goes to {context.Relations.Text(rule)} over TLS only host and port are seen and recorded{(idle.Length > 0 ? $", and nothing is done by {string.Join(", ", idle)}" : "")}",
                    "keep tls: passthrough to hosts whose clients accept no other certificate");
            }
        }
    }
}
