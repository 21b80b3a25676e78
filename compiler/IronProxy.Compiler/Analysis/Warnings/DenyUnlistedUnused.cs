using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>DNS denies names that are not listed, and every name is: all allowlists only warn, or those that deny list every host.</summary>
internal sealed class DenyUnlistedUnused : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2045";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        if (context.Plan.Dns is not { Listen: not null, DenyUnlisted: true }
            || context.File.Dns is not { } dns
            || !context.Allowlists.All(a => context.RuleSets[a.Rules].Items.Any(r => r.Host is { } host && context.Relations.Hosts[host].Kind == HostPatternKind.Any)))
        {
            return;
        }

        var why = context.Allowlists.IsEmpty ? "an allowlist with warn: true lets every host through" : "the allowlist has a rule for \"*\", which is every host";
        context.Report(
            this,
            dns.KeySpan("deny_unlisted"),
            $"deny_unlisted denies no name, because {why}",
            context.Allowlists.IsEmpty ? "it begins to act when warn: is removed" : "list the hosts that the workload needs, or remove deny_unlisted");
    }
}
