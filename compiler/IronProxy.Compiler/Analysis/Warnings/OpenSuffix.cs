using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A pattern such as <c>*.com</c> or <c>*.github.io</c> matches the names of strangers.</summary>
internal sealed class OpenSuffix : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2004";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        foreach (var rule in context.RuleSets.SelectMany(s => s.Items))
        {
            if (rule.Host is { } host && context.Relations.Hosts[host] is { Kind: HostPatternKind.Suffix } pattern && SharedDomains.Holds(pattern.Name))
            {
                context.Report(
                    this,
                    rule.At,
                    $"anyone can get a name below {pattern.Name}, and {pattern.Text} matches all of them",
                    $"list the names that are needed, such as name.{pattern.Name}");
            }
        }
    }
}
