namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// A rule changes nothing, because another of its list matches all that it matches. Rules only add to each other, so an entry
/// that restricts methods beside one that does not is worth less than it looks.
/// </summary>
internal sealed class CoveredRule : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2001";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        for (var set = 0; set < context.RuleSets.Length; set++)
        {
            Check(context, set);
        }
    }

    private void Check(AnalysisContext context, int set)
    {
        var rules = context.RuleSets[set].Items;
        if (rules.Any(r => WildcardBesideHosts.Is(context, r)))
        {
            // It covers all others, which is reported once, at the "*".
            return;
        }

        for (var i = 0; rules.Length > 1 && i < rules.Length; i++)
        {
            // A rule for tunnels that is covered is one beside a rule for what is inside of them.
            if (context.Relations.Conditions.IsForTunnels(rules[i].When) || context.Lookup(set).FindCover(rules[i], i) is not { } cover)
            {
                continue;
            }

            var (rule, other) = (rules[i], rules[cover]);
            var restricts = rule.When != 0 && other.When == 0;
            context.Report(
                this,
                rule.At,
                $"whatever matches this rule matches {context.Relations.Text(other)} on line {other.At.Line} as well, so this one changes nothing",
                restricts
                    ? $"rules only add: to restrict {context.Relations.Text(rule)}, narrow what is on line {other.At.Line}, or remove this rule"
                    : "remove one of the two");
        }
    }
}
