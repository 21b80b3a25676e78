using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// DNS passes a name through that the policy has rules for: the workload gets the server's own address, connects without the
/// proxy where the network lets it, and neither rules nor secrets nor the audit log apply.
/// </summary>
internal sealed class PassthroughBesidePolicy : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2043";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        if (context.Plan.Dns is not { Listen: not null, Passthrough: { } passthrough })
        {
            return;
        }

        foreach (var name in context.RuleSets[passthrough].Items)
        {
            // That "*" routes nothing to the proxy is a finding of its own.
            if (context.Relations.IsEverything(name))
            {
                continue;
            }

            var names = context.Relations.Hosts[name.Host!.Value]; // Passthrough has no networks.
            foreach (var set in RuleSets(context))
            {
                if (context.Lookup(set).FirstNamed(name) is { } index && context.RuleSets[set].Items[index] is var rule)
                {
                    context.Report(
                        this,
                        name.At,
                        $"DNS leads past the proxy for {names.Text}, so what line {rule.At.Line} says about {context.Relations.Text(rule)} does not hold where the network lets the workload connect itself",
                        "remove the name here, and let the proxy connect; or remove the rule");
                    break;
                }
            }
        }
    }

    /// <summary>Rule sets about requests: those of allowlists, then those of credentials.</summary>
    private static IEnumerable<int> RuleSets(AnalysisContext context) =>
        context.Plan.Steps.OfType<AllowlistStepPlan>().Select(a => a.Rules).Concat(context.Credentials.Select(c => c.Rules).OfType<int>()).Distinct();
}
