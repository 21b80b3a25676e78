using System.Globalization;
using System.Text;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Optimization;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Rules;

/// <summary>Lowers rules into the tables of the plan.</summary>
internal static class RuleLowering
{
    /// <summary>The index of the rule set; null when there are no rules, which means everywhere.</summary>
    public static int? Lower(LocatedList<RuleConfig>? rules, LoweringContext context)
    {
        if (rules is null || rules.Items.Count == 0)
        {
            return null;
        }

        var drafts = new List<RuleDraft>(rules.Items.Count);
        AddRules(drafts, rules, context);
        return context.Tables.AddRuleSet(drafts);
    }

    /// <summary>Appends rules to a set.</summary>
    public static void AddRules(List<RuleDraft> drafts, LocatedList<RuleConfig>? rules, LoweringContext context) =>
        drafts.AddRange((rules?.Items ?? []).Select(r => LowerRule(r, context)));

    /// <summary>A rule that lets TLS of its clients through to its hosts and ports.</summary>
    public static RuleDraft LowerHidden(RuleConfig rule, LoweringContext context) =>
        Draft(rule, context.Tables.AddCondition(null, null, rule.Ports?.Items.Select(p => (int)p.Value), RuleValidator.Https, ClientsOf(rule)), context);

    /// <summary>A rule with what it asks.</summary>
    public static RuleDraft LowerRule(RuleConfig rule, LoweringContext context) => Draft(rule, LowerCondition(rule, context), context);

    private static RuleDraft Draft(RuleConfig rule, int when, LoweringContext context) => new(
        rule.Host is { } host ? HostText.ParsePattern(host, context.Repeated).Checked() : null,
        rule.Cidr is { } cidr ? NetworkText.Parse(cidr, context.Repeated).Checked() : null,
        when,
        rule.At);

    /// <summary>Appends a flat list of host patterns, which ask nothing of method and path.</summary>
    public static void AddHosts(List<RuleDraft> drafts, LocatedList<Located<string>>? hosts, LoweringContext context)
    {
        foreach (var host in hosts?.Items ?? [])
        {
            drafts.Add(new RuleDraft(HostText.ParsePattern(host, context.Repeated).Checked(), null, MatchTablesBuilder.NoCondition, host.At));
        }
    }

    /// <summary>Appends a flat list of networks.</summary>
    public static void AddNetworks(List<RuleDraft> drafts, LocatedList<Located<string>>? networks, LoweringContext context)
    {
        foreach (var network in networks?.Items ?? [])
        {
            drafts.Add(new RuleDraft(null, NetworkText.Parse(network, context.Repeated).Checked(), MatchTablesBuilder.NoCondition, network.At));
        }
    }

    /// <summary>The one scheme of a list; both of them ask nothing.</summary>
    private static string? LowerScheme(LocatedList<Located<string>>? schemes) =>
        schemes?.Items.Select(s => s.Value).Distinct(StringComparer.Ordinal).ToArray() is [var only] ? only : null;

    private static int LowerCondition(RuleConfig rule, LoweringContext context)
    {
        var key = TextOf(rule);
        if (!context.Conditions.TryGetValue(key, out var condition))
        {
            condition = AddCondition(rule, context);
            context.Conditions.Add(key, condition);
        }

        return condition;
    }

    /// <summary>What the user wrote as the condition. Valid methods and paths have no control characters, so it is unambiguous.</summary>
    private static string TextOf(RuleConfig rule)
    {
        var text = new StringBuilder();
        Append(text, '\u0001', rule.Methods, static m => m.Value);
        Append(text, '\u0002', rule.Paths, static p => p.Value);
        Append(text, '\u0003', rule.Ports, static p => p.Value.ToString(CultureInfo.InvariantCulture));
        Append(text, '\u0004', rule.Schemes, static s => s.Value);
        Append(text, '\u0005', rule.Clients, static c => c.Value);
        return text.ToString();
    }

    private static void Append<T>(StringBuilder text, char mark, LocatedList<T>? list, Func<T, string> select)
    {
        foreach (var item in list?.Items ?? [])
        {
            text.Append(mark).Append(select(item));
        }
    }

    private static int AddCondition(RuleConfig rule, LoweringContext context)
    {
        var methods = rule.Methods is null || rule.Methods.Items.Any(m => m.Value == MethodText.Any)
            ? null
            : rule.Methods.Items.Select(m => MethodText.Parse(m, context.Repeated).Checked());
        var paths = rule.Paths?.Items.Select(p => PathText.Parse(p, context.Repeated).Checked());
        var ports = rule.Ports?.Items.Select(p => (int)p.Value);
        return context.Tables.AddCondition(methods, paths, ports, LowerScheme(rule.Schemes), ClientsOf(rule));
    }

    private static IEnumerable<string>? ClientsOf(RuleConfig rule) => rule.Clients?.Items.Select(c => c.Value);
}
