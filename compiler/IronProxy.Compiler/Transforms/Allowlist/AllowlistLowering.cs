using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Optimization;
using IronProxy.Compiler.Rules;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.Allowlist;

/// <summary>Lowers an allowlist: its three lists become one rule set, in this order.</summary>
internal static class AllowlistLowering
{
    public static AllowlistStepPlan Lower(AllowlistConfig config, LoweringContext context)
    {
        var rules = new List<RuleDraft>();
        RuleLowering.AddHosts(rules, config.Domains, context);
        RuleLowering.AddNetworks(rules, config.Cidrs, context);
        var passedThrough = new List<RuleDraft>();
        foreach (var rule in config.Rules?.Items ?? [])
        {
            var draft = rule.PassesThrough ? RuleLowering.LowerHidden(rule, context) : RuleLowering.LowerRule(rule, context);
            rules.Add(draft);
            if (rule.PassesThrough)
            {
                passedThrough.Add(draft);
            }
        }

        return new AllowlistStepPlan
        {
            Rules = context.Tables.AddRuleSet(rules),
            PassedThrough = passedThrough.Count > 0 ? context.Tables.AddRuleSet(passedThrough) : null,
            Warn = config.Warn?.Value ?? false,
            At = config.At,
        };
    }
}
