using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A rule of a step matches no request: it asks for CONNECT alone, or for what no allowlist lets through.</summary>
internal sealed class UnreachableRule : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2002";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        CheckMethods(context);
        if (context.TlsStaysClosed)
        {
            return;
        }

        foreach (var (set, what) in SetsBehindAllowlists(context))
        {
            foreach (var rule in context.RuleSets[set].Items)
            {
                if (!IsAllowed(context, rule))
                {
                    context.Report(
                        this,
                        rule.At,
                        $"no allowlist lets a request through that matches this rule, so {what} never acts on it",
                        $"allow {context.Relations.Text(rule)}, or remove the rule");
                }
            }
        }
    }

    /// <summary>Whether every allowlist that denies may let a request through that matches the rule.</summary>
    public static bool IsAllowed(AnalysisContext context, RulePlan rule) => context.Allowlists.All(a => context.Lookup(a.Rules).MayMeet(rule));

    private void CheckMethods(AnalysisContext context)
    {
        if (context.TlsStaysClosed || !Enumerable.Range(0, context.Plan.Matching.Conditions.Length).Any(context.Relations.Conditions.IsForTunnels))
        {
            return;
        }

        // In the original a tunnel needs a rule that has CONNECT among its methods. Beside a rule for the requests inside it does no harm here.
        var allowlists = context.Plan.Steps.OfType<AllowlistStepPlan>().Select(a => a.Rules).ToHashSet();
        for (var set = 0; set < context.RuleSets.Length; set++)
        {
            foreach (var rule in context.RuleSets[set].Items.Where(r => context.Relations.Conditions.IsForTunnels(r.When)))
            {
                if (!allowlists.Contains(set) || !context.Lookup(set).MayMeetInside(rule))
                {
                    context.Report(
                        this,
                        rule.At,
                        "a tunnel is opened by host and port, and no request inside it has the method CONNECT, so this rule matches none",
                        "list the methods of the requests, or leave methods: out; use ports: to restrict tunnels");
                }
            }
        }
    }

    /// <summary>The rule sets of steps that come to be asked only about requests that are allowed, but for credentials as a whole.</summary>
    private static IEnumerable<(int Set, string What)> SetsBehindAllowlists(AnalysisContext context)
    {
        var steps = context.Plan.Steps;
        var first = context.Allowlists.IsEmpty ? steps.Length : steps.IndexOf(context.Allowlists[0]);
        var others = steps.Skip(first)
            .Where(s => s is not AllowlistStepPlan && s.CredentialUses.IsEmpty)
            .SelectMany(s => s.ActsOn.Select(rules => (Rules: rules, What: s.Title)));

        // Where a credential goes nowhere at all, it is reported as such.
        var credentials = context.Credentials
            .Where(c => c.Rules is { } set && context.RuleSets[set].Items.Any(r => IsAllowed(context, r)))
            .Select(c => (c.Rules, What: c.Title));

        // Tools are asked about behind all steps.
        var tools = (context.Plan.Mcp?.Servers ?? []).Select(s => (Rules: (int?)s.Rules, What: "the MCP server"));
        return others.Concat(credentials).Concat(tools).Where(s => s.Rules is not null).Select(s => (s.Rules!.Value, s.What)).DistinctBy(s => s.Value);
    }
}
