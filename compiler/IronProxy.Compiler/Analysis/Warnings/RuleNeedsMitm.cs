using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A rule of an allowlist asks for methods or paths, and under sni-only it lets every request over TLS to its host through.</summary>
internal sealed class RuleNeedsMitm : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2034";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        if (!context.TlsStaysClosed)
        {
            return;
        }

        foreach (var rule in context.Plan.Steps.OfType<AllowlistStepPlan>().Select(a => a.Rules).Distinct().SelectMany(set => context.RuleSets[set].Items))
        {
            if (context.Relations.Conditions[rule.When] is { Scheme: not "http" } condition && (condition.Methods is not null || condition.Paths is not null))
            {
                context.Report(
                    this,
                    rule.At,
                    "methods and paths are not seen under sni-only, so over TLS this rule lets every request to the host through",
                    "use tls.mode: mitm, or leave methods: and paths: out to say what holds");
            }
        }
    }
}
