using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using IronProxy.Compiler.Analysis.Spaces.Hosts;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Lookup;

/// <summary>
/// Finds, in one list of rules, those whose hosts include, or share some with, the hosts of another rule: by looking names and
/// their parents up, never by comparing all with all.
/// </summary>
internal sealed class RuleLookup
{
    private const int None = -1;
    private const int NoCondition = 0;

    /// <summary>How often all rules may be gone through, for patterns that no name can be looked up for.</summary>
    private const int MaxWalks = 100;

    /// <summary>How many pairs of rules with related hosts, and of names with wildcards, are compared. Files that people write stay far below.</summary>
    private const int MaxComparisons = 500_000;

    private readonly RuleRelations _relations;
    private readonly ImmutableArray<RulePlan> _rules;

    // Rules with one host pattern (or the complement of a network) are chained, in the order of the list.
    private readonly Dictionary<int, int> _first = [];
    private readonly int[] _hosts;
    private readonly int[] _next;

    // The first rule of a pattern (or the complement of a network) with a condition, but for the last rule of each.
    private readonly Dictionary<(int Pattern, int When), int> _firstAsking = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _suffixes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _globs = new(StringComparer.Ordinal);
    private readonly Dictionary<IPNetwork, int> _networks = [];
    private readonly SortedSet<(AddressFamily Family, int Length)> _prefixes = [];
    private readonly int _any = None;
    private int _walks;
    private int _comparisons;

    public RuleLookup(RuleRelations relations, ImmutableArray<RulePlan> rules)
    {
        (_relations, _rules) = (relations, rules);
        _next = new int[rules.Length];
        for (var i = rules.Length - 1; i >= 0; i--)
        {
            var pattern = rules[i].Host ?? ~rules[i].Cidr!.Value; // One of the two is set.
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, pattern, out var known);
            (_next[i], first) = (known ? first : None, i);
            if (known)
            {
                _firstAsking[(pattern, rules[i].When)] = i;
            }
        }

        _hosts = [.. _first.Keys.Where(p => p >= 0).Order()];
        foreach (var host in _hosts)
        {
            var pattern = relations.Hosts[host];
            switch (pattern.Kind)
            {
                case HostPatternKind.Exact:
                    _names.Add(pattern.Name, host);
                    break;
                case HostPatternKind.Suffix:
                    _suffixes.Add(pattern.Name, host);
                    break;
                case HostPatternKind.Any:
                    _any = host;
                    break;
                default:
                    if (!_globs.TryGetValue(pattern.LiteralTail, out var globs))
                    {
                        _globs[pattern.LiteralTail] = globs = [];
                    }

                    globs.Add(host);
                    break;
            }
        }

        foreach (var network in _first.Keys.Where(p => p < 0).Select(p => ~p).Order())
        {
            var value = relations.Networks[network];
            _networks.Add(value, network);
            _prefixes.Add((value.BaseAddress.AddressFamily, value.PrefixLength));
        }
    }

    /// <summary>A rule of the list that matches whatever a rule matches; null when none is known.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="self">Its index when it is of this list: then an equal rule counts when it comes before.</param>
    public int? FindCover(RulePlan rule, int? self = null)
    {
        foreach (var pattern in PatternsAround(rule))
        {
            // In a long chain equal rules, and those that ask for nothing, are looked up.
            var chain = _first[pattern];
            if (_next[chain] != None)
            {
                foreach (var when in (ReadOnlySpan<int>)[rule.When, NoCondition])
                {
                    if (_firstAsking.TryGetValue((pattern, when), out var first) && Covers(rule, self, first))
                    {
                        return first;
                    }
                }
            }

            for (var i = chain; i != None && (i == chain || _comparisons++ < MaxComparisons); i = _next[i])
            {
                if (Covers(rule, self, i))
                {
                    return i;
                }
            }
        }

        return null;
    }

    /// <summary>Whether some request could match a rule of the list and another rule. Errs towards yes.</summary>
    public bool MayMeet(RulePlan rule) => MayMeet(rule, _relations.Conditions.AreDisjoint);

    /// <summary>Whether some request inside of a tunnel that a rule opens could match a rule of the list. Errs towards yes.</summary>
    public bool MayMeetInside(RulePlan tunnel) => MayMeet(tunnel, _relations.Conditions.AreApart);

    /// <summary>The first rule of the list that may match a request to the hosts of another one; <c>*</c> and all networks aside.</summary>
    public int? FirstNamed(RulePlan rule) => MeetingChains(rule)?.Where(first => !_relations.IsEverything(_rules[first])).Select(i => (int?)i).Min();

    /// <summary>The rules that name a host, whatever they ask beside it.</summary>
    public IEnumerable<int> Matching(CanonicalHost host) => MatchingChains(host).SelectMany(Chain);

    private bool Covers(RulePlan rule, int? self, int other)
    {
        var wide = _rules[other];
        if (other == self || !_relations.Conditions.Covers(wide.When, rule.When))
        {
            return false;
        }

        // Two rules that mean the same, perhaps written otherwise: the later one is too much.
        return self is not { } index || other < index || !IsTwin(rule, wide) || !_relations.Conditions.Covers(rule.When, wide.When);
    }

    private static bool IsTwin(RulePlan one, RulePlan other) => one.Host == other.Host && one.Cidr == other.Cidr;

    private bool MayMeet(RulePlan rule, Func<int, int, bool> areDisjoint) => MeetingChains(rule) is not { } chains
        || chains.Any(first => Chain(first).Any(i => _comparisons++ >= MaxComparisons || !areDisjoint(_rules[i].When, rule.When)));

    private IEnumerable<int> Chain(int first)
    {
        for (var i = first; i != None; i = _next[i])
        {
            yield return i;
        }
    }

    /// <summary>Of each pattern or network that matches a host, the first rule.</summary>
    private IEnumerable<int> MatchingChains(CanonicalHost host)
    {
        var hosts = Around(host.Text, self: true).Concat(Globs(host.Text));
        if (_names.TryGetValue(host.Text, out var name))
        {
            hosts = hosts.Prepend(name);
        }

        var chains = hosts.Select(h => _first[h]);
        return host.Address is { } address
            ? chains.Concat(NetworksAround(address, Addresses.Bits(address)).Select(n => _first[~n]))
            : chains;
    }

    /// <summary>The patterns, and the complements of the networks, that include all hosts of a rule.</summary>
    private IEnumerable<int> PatternsAround(RulePlan rule)
    {
        if (rule.Cidr is { } cidr)
        {
            var network = _relations.Networks[cidr];
            return NetworksAround(network.BaseAddress, network.PrefixLength).Select(n => ~n).Concat(_any == None ? [] : [_any]);
        }

        var host = rule.Host!.Value; // One of the two is set.
        var pattern = _relations.Hosts[host];
        var found = pattern.Kind switch
        {
            HostPatternKind.Exact => Around(pattern.Name, self: true),
            HostPatternKind.Suffix => Around(pattern.Name, self: false),
            HostPatternKind.Glob => Around(pattern.LiteralTail, self: true),
            _ => [],
        };
        if (pattern.Kind == HostPatternKind.Exact && _globs.Count > 0)
        {
            found.AddRange(Globs(pattern.Name));
        }

        if (_first.ContainsKey(host))
        {
            found.Insert(0, host);
        }

        return found;
    }

    /// <summary>The suffix patterns that include a name, from narrow to wide, and <c>*</c>.</summary>
    private List<int> Around(string name, bool self)
    {
        var found = new List<int>();
        if (_suffixes.Count > 0)
        {
            var lookup = _suffixes.GetAlternateLookup<ReadOnlySpan<char>>();
            for (var rest = name.AsSpan(); !rest.IsEmpty; self = true)
            {
                if (self && lookup.TryGetValue(rest, out var suffix))
                {
                    found.Add(suffix);
                }

                var dot = rest.IndexOf('.');
                rest = dot < 0 ? [] : rest[(dot + 1)..];
            }
        }

        if (_any != None)
        {
            found.Add(_any);
        }

        return found;
    }

    /// <summary>The patterns with wildcards inside that match a name. They hang at the labels behind their last wildcard.</summary>
    private List<int> Globs(string name)
    {
        var found = new List<int>();
        if (_globs.Count > 0)
        {
            var lookup = _globs.GetAlternateLookup<ReadOnlySpan<char>>();
            for (var rest = name.AsSpan(); ;)
            {
                if (lookup.TryGetValue(rest, out var globs))
                {
                    found.AddRange(globs.TakeWhile(_ => _comparisons++ < MaxComparisons).Where(g => _relations.Hosts[g].Matches(name)));
                }

                if (rest.IsEmpty)
                {
                    break;
                }

                var dot = rest.IndexOf('.');
                rest = dot < 0 ? [] : rest[(dot + 1)..];
            }
        }

        return found;
    }

    /// <summary>The networks that include the one of an address and a length, from narrow to wide.</summary>
    private IEnumerable<int> NetworksAround(IPAddress address, int length)
    {
        foreach (var prefix in _prefixes.Reverse())
        {
            if (prefix.Family == address.AddressFamily && prefix.Length <= length
                && _networks.TryGetValue(Addresses.Network(address, prefix.Length), out var network))
            {
                yield return network;
            }
        }
    }

    /// <summary>Of each pattern or network that shares hosts with a rule, the first rule. Null when that takes too long to find out.</summary>
    private IEnumerable<int>? MeetingChains(RulePlan rule)
    {
        if (rule.Host is { } host && _relations.Hosts[host] is { Kind: HostPatternKind.Exact } exact)
        {
            _ = CanonicalHost.TryCreateFromText(exact.Name, out var canonical);
            return MatchingChains(canonical);
        }

        if (_walks++ >= MaxWalks)
        {
            return null;
        }

        var hosts = _hosts.Where(h => HostsMeet(rule, _relations.Hosts[h]));
        return hosts.Select(h => _first[h]).Concat(_networks.Where(n => NetworkMeets(rule, n.Key)).Select(n => _first[~n.Value]));
    }

    private bool HostsMeet(RulePlan rule, HostPattern other) => rule.Host is { } host
        ? PatternsMeet(_relations.Hosts[host], other)
        : NetworkMeets(_relations.Networks[rule.Cidr!.Value], other); // One of the two is set.

    private bool NetworkMeets(RulePlan rule, IPNetwork other) => rule.Host is { } host
        ? NetworkMeets(other, _relations.Hosts[host])
        : other.Contains(_relations.Networks[rule.Cidr!.Value].BaseAddress) || _relations.Networks[rule.Cidr.Value].Contains(other.BaseAddress);

    private static bool PatternsMeet(HostPattern one, HostPattern other) => (one.Kind, other.Kind) switch
    {
        (HostPatternKind.Any, _) or (_, HostPatternKind.Any) => true,
        (_, HostPatternKind.Exact) => one.Matches(other.Name),
        (HostPatternKind.Exact, _) => other.Matches(one.Name),
        (HostPatternKind.Suffix, HostPatternKind.Suffix) => one.Matches(other.Name) || other.Matches(one.Name),

        // The labels behind the last wildcard say much; for the rest, yes.
        _ => IsBelow(one.LiteralTail, other.LiteralTail) || IsBelow(other.LiteralTail, one.LiteralTail),
    };

    private static bool IsBelow(string name, string parent) =>
        parent.Length == 0 || name == parent || (name.EndsWith(parent, StringComparison.Ordinal) && name[^(parent.Length + 1)] == '.');

    private static bool NetworkMeets(IPNetwork network, HostPattern pattern) => pattern.Kind switch
    {
        HostPatternKind.Exact => IPAddress.TryParse(pattern.Name, out var address) && network.Contains(address),
        HostPatternKind.Any => true,

        // Wildcards match the text of addresses; a letter behind the last hexadecimal one is in none.
        _ => !pattern.Name.AsSpan().ContainsAnyInRange('g', 'z'),
    };
}
