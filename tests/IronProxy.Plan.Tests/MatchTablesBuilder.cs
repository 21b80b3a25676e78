using System.Collections.Immutable;

namespace IronProxy.Plan.Tests;

/// <summary>A rule as a test writes it: a canonical host pattern or a network, and a condition.</summary>
internal sealed record TestRule(string? Host, string? Cidr = null, string[]? Methods = null, string[]? Paths = null, int[]? Ports = null, string? Scheme = null, string[]? Clients = null);

/// <summary>
/// Builds match tables the plain way, without the compiler: every class is computed from the patterns that cover it.
/// Rules are on lines counted from 1, through all sets.
/// </summary>
internal sealed class MatchTablesBuilder
{
    private readonly List<TestRule[]> _sets = [];

    public MatchTablesBuilder AddSet(params TestRule[] rules)
    {
        _sets.Add(rules);
        return this;
    }

    public MatchTables Build()
    {
        var rules = _sets.SelectMany(s => s).ToList();
        var hosts = Index(rules.Select(r => r.Host));
        var cidrs = Index(rules.Select(r => r.Cidr));
        var conditions = new List<ConditionPlan>();
        var conditionIds = new Dictionary<string, int>(StringComparer.Ordinal);
        Intern(conditions, conditionIds, "||||", () => new ConditionPlan());

        var line = 0;
        var sets = _sets.Select(set => new RuleSetPlan([
            .. set.Select(rule => new RulePlan
            {
                Host = rule.Host is { } host ? hosts[host] : null,
                Cidr = rule.Cidr is { } cidr ? cidrs[cidr] : null,
                When = ConditionOf(rule, conditions, conditionIds),
                At = new SourcePosition(++line, 1),
            }),
        ])).ToImmutableArray();

        var brought = Brought(sets, hosts.Count);
        var classes = new List<HostClassPlan>();
        var classIds = new Dictionary<string, int>(StringComparer.Ordinal);
        Intern(classes, classIds, "", () => new HostClassPlan([]));
        var plans = hosts.Select(h => new HostPatternPlan(h.Key, ClassOf(h.Key, hosts, brought, classes, classIds)));
        return new MatchTables
        {
            Hosts = [.. plans],
            Cidrs = [.. cidrs.Keys],
            Conditions = [.. conditions],
            Rules = sets,
            Classes = [.. classes],
        };
    }

    /// <summary>Distinct texts, ordered, with their indexes.</summary>
    private static Dictionary<string, int> Index(IEnumerable<string?> texts)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in texts.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            index.Add(text, index.Count);
        }

        return index;
    }

    private static int ConditionOf(TestRule rule, List<ConditionPlan> conditions, Dictionary<string, int> ids) =>
        Intern(
            conditions,
            ids,
            $"{string.Join(' ', rule.Methods ?? [])}|{string.Join(' ', rule.Paths ?? [])}|{string.Join(' ', rule.Ports ?? [])}|{rule.Scheme}|{string.Join(' ', rule.Clients ?? [])}",
            () => new ConditionPlan
            {
                Methods = rule.Methods?.ToImmutableArray(),
                Paths = rule.Paths?.ToImmutableArray(),
                Ports = rule.Ports?.ToImmutableArray(),
                Scheme = rule.Scheme,
                Clients = rule.Clients?.ToImmutableArray(),
            });

    /// <summary>For each host pattern, the sets and conditions of the rules that name it.</summary>
    private static List<(int Set, int When)>[] Brought(ImmutableArray<RuleSetPlan> sets, int hosts)
    {
        var brought = new List<(int, int)>[hosts];
        for (var s = 0; s < sets.Length; s++)
        {
            foreach (var rule in sets[s].Items)
            {
                if (rule.Host is { } host)
                {
                    (brought[host] ??= []).Add((s, rule.When));
                }
            }
        }

        return brought;
    }

    private static int ClassOf(
        string pattern,
        Dictionary<string, int> hosts,
        List<(int Set, int When)>[] brought,
        List<HostClassPlan> classes,
        Dictionary<string, int> ids)
    {
        var covering = IsGlob(pattern) ? [pattern] : Covering(pattern).Where(hosts.ContainsKey);
        var uses = covering.Distinct(StringComparer.Ordinal).SelectMany(p => brought[hosts[p]]).Distinct().Order().ToList();
        return Intern(classes, ids, string.Join(' ', uses), () => new HostClassPlan([
            .. uses.GroupBy(u => u.Set).Select(g => new RuleSetUse(g.Key, [.. g.Select(u => u.When)])),
        ]));
    }

    /// <summary>The pattern, and every suffix pattern that matches all that it matches.</summary>
    private static IEnumerable<string> Covering(string pattern)
    {
        yield return pattern;
        yield return "*";
        if (pattern == "*")
        {
            yield break;
        }

        for (var name = pattern.StartsWith("*.", StringComparison.Ordinal) ? pattern[2..] : pattern; ;)
        {
            yield return "*." + name;
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0)
            {
                yield break;
            }

            name = name[(dot + 1)..];
        }
    }

    private static bool IsGlob(string pattern) =>
        pattern != "*" && (pattern.StartsWith("*.", StringComparison.Ordinal) ? pattern[2..] : pattern).AsSpan().ContainsAny('*', '?');

    private static int Intern<T>(List<T> list, Dictionary<string, int> ids, string key, Func<T> create)
    {
        if (!ids.TryGetValue(key, out var id))
        {
            id = list.Count;
            ids.Add(key, id);
            list.Add(create());
        }

        return id;
    }
}
