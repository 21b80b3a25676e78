using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A <c>*</c> that asks for nothing else stands beside narrower patterns, which mean nothing then.</summary>
internal sealed class WildcardBesideHosts : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2005";

    /// <summary>Whether a rule matches every request.</summary>
    public static bool Is(AnalysisContext context, RulePlan rule) =>
        rule is { When: 0, Host: { } host } && context.Relations.Hosts[host].Kind == HostPatternKind.Any;

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        // What passes DNS by has a warning of its own.
        foreach (var rules in context.RuleSets.Where((_, set) => set != context.Plan.Dns?.Passthrough).Select(s => s.Items))
        {
            var narrower = rules.Count(r => !context.Relations.IsEverything(r));
            if (narrower > 0 && rules.FirstOrDefault(r => Is(context, r)) is { } wildcard)
            {
                context.Report(
                    this,
                    wildcard.At,
                    $"\"*\" matches every host, so the {(narrower == 1 ? "other entry" : $"{narrower} other entries")} of this list {(narrower == 1 ? "changes" : "change")} nothing",
                    "remove the \"*\" to let the narrower entries decide, or remove those");
            }
        }
    }
}
