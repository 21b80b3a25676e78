using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Compiler.Optimization;

/// <summary>
/// Collects the rule sets of all steps and puts them into the tables that the matcher reads: everything distinct, in an
/// order that depends on the content alone.
/// </summary>
internal sealed class MatchTablesBuilder
{
    /// <summary>The condition that asks nothing.</summary>
    public const int NoCondition = 0;

    private readonly List<RuleDraft[]> _sets = [];
    private readonly Dictionary<RuleDraft[], int> _setIndex = new(RuleSetComparer.Instance);
    private readonly List<ConditionPlan> _conditions = [new ConditionPlan()];
    private readonly Dictionary<string, int> _conditionIndex = new(StringComparer.Ordinal) { [""] = NoCondition };

    /// <summary>Numbers a condition. What is null asks nothing.</summary>
    public int AddCondition(IEnumerable<string>? methods, IEnumerable<string>? paths, IEnumerable<int>? ports, string? scheme, IEnumerable<string>? clients)
    {
        var plan = new ConditionPlan
        {
            Methods = Order(methods),
            Paths = Order(paths),
            Ports = ports is null ? null : [.. ports.Distinct().Order()],
            Scheme = scheme,
            Clients = Order(clients),
        };
        var key = KeyOf(plan);
        if (!_conditionIndex.TryGetValue(key, out var index))
        {
            index = _conditions.Count;
            _conditions.Add(plan);
            _conditionIndex.Add(key, index);
        }

        return index;
    }

    /// <summary>Numbers a rule set. Sets are one when they are written at one place, through an anchor.</summary>
    public int AddRuleSet(List<RuleDraft> rules)
    {
        RuleDraft[] set = [.. rules];
        if (!_setIndex.TryGetValue(set, out var index))
        {
            index = _sets.Count;
            _sets.Add(set);
            _setIndex.Add(set, index);
        }

        return index;
    }

    /// <summary>The tables.</summary>
    public MatchTables Build()
    {
        var (conditions, conditionOrder) = OrderConditions();
        var hosts = Distinct(static r => r.Host);
        var cidrs = Distinct(static r => r.Cidr);
        var sets = ImmutableArray.CreateBuilder<RuleSetPlan>(_sets.Count);
        var uses = new List<HostUse>();
        foreach (var drafts in _sets)
        {
            var items = ImmutableArray.CreateBuilder<RulePlan>(drafts.Length);
            foreach (var draft in drafts)
            {
                var rule = new RulePlan
                {
                    Host = draft.Host is null ? null : hosts.Index[draft.Host],
                    Cidr = draft.Cidr is null ? null : cidrs.Index[draft.Cidr],
                    When = conditionOrder[draft.When],
                    At = draft.At,
                };
                items.Add(rule);
                if (rule.Host is { } host)
                {
                    uses.Add(new HostUse(host, sets.Count, rule.When));
                }
            }

            sets.Add(new RuleSetPlan(items.MoveToImmutable()));
        }

        var (plans, classes) = HostClassBuilder.Build(hosts.Ordered, uses);
        return new MatchTables
        {
            Hosts = plans,
            Cidrs = [.. cidrs.Ordered],
            Conditions = conditions,
            Rules = sets.MoveToImmutable(),
            Classes = classes,
        };
    }

    private (ImmutableArray<ConditionPlan> Plans, int[] NewIndex) OrderConditions()
    {
        // The empty condition has the empty key, so it stays first.
        var keyed = _conditions.Select((plan, index) => (Key: KeyOf(plan), plan, index)).OrderBy(c => c.Key, StringComparer.Ordinal).ToArray();
        var order = new int[_conditions.Count];
        for (var i = 0; i < keyed.Length; i++)
        {
            order[keyed[i].index] = i;
        }

        return ([.. keyed.Select(c => c.plan)], order);
    }

    private (string[] Ordered, Dictionary<string, int> Index) Distinct(Func<RuleDraft, string?> select)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var set in _sets)
        {
            foreach (var rule in set)
            {
                if (select(rule) is { } text)
                {
                    index.TryAdd(text, 0);
                }
            }
        }

        string[] ordered = [.. index.Keys];
        Array.Sort(ordered, StringComparer.Ordinal);
        for (var i = 0; i < ordered.Length; i++)
        {
            index[ordered[i]] = i;
        }

        return (ordered, index);
    }

    private static ImmutableArray<string>? Order(IEnumerable<string>? texts) =>
        texts is null ? null : [.. texts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Neither methods nor paths nor clients have blanks or line breaks, and no list is empty, so the key is unambiguous.</summary>
    private static string KeyOf(ConditionPlan plan)
    {
        var methods = plan.Methods is { } m ? string.Join(' ', m) : "";
        var paths = plan.Paths is { } p ? string.Join(' ', p) : "";
        var ports = plan.Ports is { } numbers ? string.Join(' ', numbers) : "";
        var clients = plan.Clients is { } names ? string.Join(' ', names) : "";
        return $"{methods}\n{paths}\n{ports}\n{plan.Scheme}\n{clients}".TrimEnd('\n');
    }

    private sealed class RuleSetComparer : IEqualityComparer<RuleDraft[]>
    {
        public static readonly RuleSetComparer Instance = new();

        public bool Equals(RuleDraft[]? x, RuleDraft[]? y) => x.AsSpan().SequenceEqual(y);

        // Sets that begin and end at the same places are nearly always equal.
        public int GetHashCode(RuleDraft[] obj) => obj.Length == 0 ? 0 : HashCode.Combine(obj.Length, obj[0], obj[^1]);
    }
}
