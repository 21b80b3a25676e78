namespace IronProxy.Plan.Matching;

/// <summary>
/// The one matcher. The runtime asks it for each request, and explain, test, diff and prove ask the same object. Built once
/// from a plan, it never changes and can be shared between threads.
/// </summary>
public sealed class PlanMatcher
{
    private readonly MatchTables _tables;
    private readonly HostClassPlan[] _classes;
    private readonly HostTable _hosts;
    private readonly Condition[] _conditions;

    // What a decision reads of a pattern and of a rule lies together, so that each costs one cache miss in a large plan.
    private readonly Pattern[] _patterns;
    private readonly Pattern[] _networks;
    private readonly RuleRef[] _ruleRefs;

    /// <summary>Builds the matcher of a plan.</summary>
    /// <exception cref="PlanException">The plan's tables do not fit together.</exception>
    public PlanMatcher(MatchTables tables)
    {
        MatchTablesCheck.Validate(tables);
        _tables = tables;
        _classes = [.. tables.Classes];
        _hosts = new HostTable(tables.Hosts, tables.Cidrs);
        _conditions = [.. tables.Conditions.Select(c => new Condition(c))];
        var (ruleRefs, hostRules, cidrRules) = IndexRules(tables);
        var wider = LinkSuffixes(tables);
        _ruleRefs = ruleRefs;
        _patterns = [.. tables.Hosts.Select((host, i) => new Pattern(host.Class, wider[i], hostRules[i], hostRules[i + 1]))];
        _networks = [.. tables.Cidrs.Select((_, i) => new Pattern(0, -1, cidrRules[i], cidrRules[i + 1]))];
    }

    /// <summary>Looks a host up, once a request; every rule set is then answered from the result.</summary>
    public HostMatch FindHost(in CanonicalHost host) => _hosts.Find(host);

    /// <summary>
    /// Whether a rule of the set matches; the first in the order of the file is named. Without a set (null) everything
    /// matches, and no rule is named.
    /// </summary>
    public bool Matches(int? set, in HostMatch host, CanonicalRequest request, out RuleMatch? rule)
    {
        rule = null;
        if (set is not { } index)
        {
            return true;
        }

        if (!CouldMatch(index, host, request))
        {
            return false;
        }

        rule = FirstRule(index, host, request);
        return rule is not null;
    }

    /// <summary>
    /// Whether a rule of the set matches the request, or would match it on a path that a router may take for the same one: what is let through beside the rules must not be the same route.
    /// </summary>
    public bool MatchesRoute(int set, in HostMatch host, CanonicalRequest request, out RuleMatch? rule)
    {
        if (Matches(set, host, request, out rule))
        {
            return true;
        }

        if (request.Method is null || !NamesHost(set, host))
        {
            return false; // Most requests: nothing is made for them.
        }

        foreach (var reading in RouteReadings.Of(request.Target.MatchPath))
        {
            if (Matches(set, host, request with { Target = request.Target.ReadAsRoute(reading) }, out rule))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first rule that matches one of two requests to a host and not the other. Null when every rule answers alike.</summary>
    public RuleMatch? FirstDifference(in HostMatch host, CanonicalRequest one, CanonicalRequest other)
    {
        var best = new RuleRef(int.MaxValue, 0, 0, default);
        if (host.Exact >= 0)
        {
            TakeDifference(host.Exact, one, other, ref best);
        }

        for (var suffix = host.Suffix; suffix >= 0; suffix = _patterns[suffix].Wider)
        {
            TakeDifference(suffix, one, other, ref best);
        }

        for (var i = 0; i < host.ExtraCount; i++)
        {
            TakeDifference(host.Extra(i), one, other, ref best);
        }

        return best.Set == int.MaxValue ? null : new RuleMatch(best.Set, best.Rule, best.At);
    }

    /// <summary>
    /// Whether a rule set matches one of two requests to a host and not the other, whichever of its rules do: the first such set's
    /// rule. Null when every set answers alike.
    /// </summary>
    public RuleMatch? FirstOtherVerdict(in HostMatch host, CanonicalRequest one, CanonicalRequest other)
    {
        for (var set = 0; set < _tables.Rules.Length; set++)
        {
            if (Matches(set, host, one, out var rule) != Matches(set, host, other, out var otherRule))
            {
                return rule ?? otherRule;
            }
        }

        return null;
    }

    /// <summary>Whether any rule of the set names the host, whatever it asks of method and path.</summary>
    public bool NamesHost(int set, in HostMatch host)
    {
        if (ClassUse(BaseClass(host), set) is not null)
        {
            return true;
        }

        for (var i = 0; i < host.ExtraCount; i++)
        {
            ref readonly var pattern = ref PatternOf(host.Extra(i));
            for (var r = pattern.RulesStart; r < pattern.RulesEnd; r++)
            {
                if (_ruleRefs[r].Set == set)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Prepares the question which rules nearly match a request.</summary>
    public NearestRules Nearest(in HostMatch host, CanonicalRequest request) =>
        new(_tables, _conditions, request, PatternIndexes(host));

    /// <summary>What the tables know of a host.</summary>
    public HostClass ClassOf(in HostMatch host)
    {
        var indexes = PatternIndexes(host);
        return new HostClass(
            BaseClass(host),
            [.. indexes.Where(i => i >= 0).Select(i => _tables.Hosts[i].Pattern)],
            [.. indexes.Where(i => i < 0).Select(i => _tables.Cidrs[~i])]);
    }

    /// <summary>The patterns that match, and the complements of the networks' indexes.</summary>
    private List<int> PatternIndexes(in HostMatch host)
    {
        var indexes = new List<int>();
        if (host.Exact >= 0)
        {
            indexes.Add(host.Exact);
        }

        for (var suffix = host.Suffix; suffix >= 0; suffix = _patterns[suffix].Wider)
        {
            indexes.Add(suffix);
        }

        for (var i = 0; i < host.ExtraCount; i++)
        {
            indexes.Add(host.Extra(i));
        }

        return indexes;
    }

    /// <summary>The class answers most questions with one look: does the set play any part for this host, and can it say yes?</summary>
    private bool CouldMatch(int set, in HostMatch host, CanonicalRequest request)
    {
        if (host.ExtraCount > 0)
        {
            return true;
        }

        if (ClassUse(BaseClass(host), set) is not { } use)
        {
            return false;
        }

        foreach (var when in use.When)
        {
            if (_conditions[when].Matches(request))
            {
                return true;
            }
        }

        return false;
    }

    private RuleMatch? FirstRule(int set, in HostMatch host, CanonicalRequest request)
    {
        var best = new RuleRef(set, int.MaxValue, 0, default);
        if (host.Exact >= 0)
        {
            TakeEarlier(host.Exact, request, ref best);
        }

        for (var suffix = host.Suffix; suffix >= 0; suffix = _patterns[suffix].Wider)
        {
            TakeEarlier(suffix, request, ref best);
        }

        for (var i = 0; i < host.ExtraCount; i++)
        {
            TakeEarlier(host.Extra(i), request, ref best);
        }

        return best.Rule == int.MaxValue ? null : new RuleMatch(set, best.Rule, best.At);
    }

    private void TakeEarlier(int index, CanonicalRequest request, ref RuleRef best)
    {
        ref readonly var pattern = ref PatternOf(index);
        for (var r = pattern.RulesStart; r < pattern.RulesEnd; r++)
        {
            ref readonly var rule = ref _ruleRefs[r];
            if (rule.Set == best.Set && rule.Rule < best.Rule && _conditions[rule.When].Matches(request))
            {
                // Ordered by set and rule: the first that matches is this pattern's lowest.
                best = rule;
                return;
            }
        }
    }

    private void TakeDifference(int index, CanonicalRequest one, CanonicalRequest other, ref RuleRef best)
    {
        ref readonly var pattern = ref PatternOf(index);
        for (var r = pattern.RulesStart; r < pattern.RulesEnd; r++)
        {
            ref readonly var rule = ref _ruleRefs[r];
            var condition = _conditions[rule.When];
            if ((rule.Set, rule.Rule).CompareTo((best.Set, best.Rule)) < 0 && condition.Matches(one) != condition.Matches(other))
            {
                best = rule;
                return;
            }
        }
    }

    private ref readonly Pattern PatternOf(int index) => ref index >= 0 ? ref _patterns[index] : ref _networks[~index];

    private int BaseClass(in HostMatch host) =>
        host.Exact >= 0 ? _patterns[host.Exact].Class
        : host.Suffix >= 0 ? _patterns[host.Suffix].Class
        : 0;

    private RuleSetUse? ClassUse(int hostClass, int set)
    {
        foreach (var use in _classes[hostClass].Uses)
        {
            if (use.Set == set)
            {
                return use;
            }
        }

        return null;
    }

    private static (RuleRef[] Refs, int[] Hosts, int[] Cidrs) IndexRules(MatchTables tables)
    {
        var hosts = new int[tables.Hosts.Length + 1];
        var cidrs = new int[tables.Cidrs.Length + 1];
        foreach (var set in tables.Rules)
        {
            foreach (var rule in set.Items)
            {
                if (rule.Host is { } host)
                {
                    hosts[host]++;
                }
                else
                {
                    cidrs[rule.Cidr!.Value]++;
                }
            }
        }

        var total = Accumulate(hosts, 0);
        total = Accumulate(cidrs, total);
        var refs = new RuleRef[total];
        var nextHost = (int[])hosts.Clone();
        var nextCidr = (int[])cidrs.Clone();
        for (var s = 0; s < tables.Rules.Length; s++)
        {
            var items = tables.Rules[s].Items;
            for (var r = 0; r < items.Length; r++)
            {
                var rule = items[r];
                ref var next = ref rule.Host is { } host ? ref nextHost[host] : ref nextCidr[rule.Cidr!.Value];
                refs[next++] = new RuleRef(s, r, rule.When, rule.At);
            }
        }

        return (refs, hosts, cidrs);
    }

    /// <summary>Turns counts into starts; the element behind the last holds the end.</summary>
    private static int Accumulate(int[] counts, int start)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            (counts[i], start) = (start, start + counts[i]);
        }

        return start;
    }

    private static int[] LinkSuffixes(MatchTables tables)
    {
        var suffixes = new Dictionary<string, int>(StringComparer.Ordinal);
        var any = -1;
        for (var i = 0; i < tables.Hosts.Length; i++)
        {
            var pattern = HostPattern.Parse(tables.Hosts[i].Pattern);
            if (pattern.Kind == HostPatternKind.Suffix)
            {
                suffixes.Add(pattern.Name, i);
            }
            else if (pattern.Kind == HostPatternKind.Any)
            {
                any = i;
            }
        }

        var lookup = suffixes.GetAlternateLookup<ReadOnlySpan<char>>();
        var wider = new int[tables.Hosts.Length];
        Array.Fill(wider, -1);
        foreach (var (name, index) in suffixes)
        {
            wider[index] = any;
            for (var rest = name.AsSpan(); rest.IndexOf('.') is >= 0 and var dot;)
            {
                rest = rest[(dot + 1)..];
                if (lookup.TryGetValue(rest, out var parent))
                {
                    wider[index] = parent;
                    break;
                }
            }
        }

        return wider;
    }

    private readonly record struct RuleRef(int Set, int Rule, int When, SourcePosition At);

    /// <summary>A host pattern or network: its class, the next wider suffix pattern (or -1), and the rules that name it, ordered by set and rule.</summary>
    private readonly record struct Pattern(int Class, int Wider, int RulesStart, int RulesEnd);
}
