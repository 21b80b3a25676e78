using System.Collections.Immutable;
using System.Text;
using IronProxy.Compiler.Analysis.Spaces.Hosts;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>
/// Compares spaces of requests exactly. All hosts fall into finitely many classes that the rules of the spaces treat alike;
/// at each, what the rules ask of port, scheme, method and path is compared, and equal questions are answered once.
/// </summary>
public sealed class SpaceComparer
{
    private readonly Dictionary<RequestSet, int> _sets = new(ReferenceEqualityComparer.Instance);
    private readonly HostPatternIndex _index = new();
    private readonly List<List<(int Set, int Box)>> _rulesOfPattern = [];
    private readonly BoxComparer _boxes = new();
    private readonly List<HostClass> _classes = [];
    private readonly SortedSet<string> _undecided = new(StringComparer.Ordinal);

    /// <summary>Prepares the comparison of some spaces.</summary>
    /// <exception cref="AnalysisLimitException">Their host patterns combine in too many ways.</exception>
    public SpaceComparer(IEnumerable<RequestSpace> spaces)
    {
        foreach (var set in spaces.SelectMany(s => s.Sets))
        {
            if (_sets.TryAdd(set, _sets.Count))
            {
                AddRules(set, _sets[set]);
            }
        }

        var classes = new Dictionary<string, HostClass>(StringComparer.Ordinal);
        foreach (var host in HostRepresentatives.Find(_index, what => _undecided.Add(what)))
        {
            Classify(host, classes);
        }
    }

    /// <summary>What could not be decided, in words, each the name of some hosts. Answers are about all other hosts.</summary>
    public IReadOnlyCollection<string> Undecided => _undecided;

    /// <summary>What is in one space and not in another. Both are among those that were given before.</summary>
    /// <exception cref="AnalysisLimitException">The path patterns combine in too many ways.</exception>
    public ImmutableArray<SpaceDifference> Difference(RequestSpace space, RequestSpace without)
    {
        int[] insideSets = [.. space.Sets.Select(s => _sets[s])];
        int[] outsideSets = [.. without.Sets.Select(s => _sets[s])];
        var found = new Dictionary<BoxDifference, (CanonicalHost First, SortedSet<string> Labels)>(ReferenceEqualityComparer.Instance);
        var order = new List<BoxDifference>();
        foreach (var hosts in _classes)
        {
            if (_boxes.Compare(hosts.Boxes(insideSets), hosts.Boxes(outsideSets)) is not { } difference)
            {
                continue;
            }

            if (!found.TryGetValue(difference, out var group))
            {
                found[difference] = group = (hosts.Members[0], new SortedSet<string>(StringComparer.Ordinal));
                order.Add(difference);
            }

            group.Labels.UnionWith(hosts.Members.Select(h => Label(h, insideSets, outsideSets)));
        }

        return
        [
            .. order.Select(d => new SpaceDifference([.. found[d].Labels], d.At(found[d].First)))
                .OrderBy(d => d.Hosts[0], StringComparer.Ordinal),
        ];
    }

    private void AddRules(RequestSet set, int index)
    {
        foreach (var rule in set.Rules)
        {
            var pattern = _index.Add(rule);
            if (pattern == _rulesOfPattern.Count)
            {
                _rulesOfPattern.Add([]);
            }

            _rulesOfPattern[pattern].Add((index, _boxes.Intern(rule.When)));
        }
    }

    private void Classify(CanonicalHost host, Dictionary<string, HostClass> classes)
    {
        var rules = new SortedSet<(int Set, int Box)>();
        foreach (var pattern in _index.Match(host))
        {
            rules.UnionWith(_rulesOfPattern[pattern]);
        }

        var key = new StringBuilder();
        foreach (var (set, box) in rules)
        {
            key.Append(set).Append(':').Append(box).Append(' ');
        }

        if (!classes.TryGetValue(key.ToString(), out var known))
        {
            classes[key.ToString()] = known = new HostClass(rules.GroupBy(r => r.Set).ToDictionary(g => g.Key, g => g.Select(r => r.Box).ToArray()));
            _classes.Add(known);
        }

        known.Members.Add(host);
    }

    /// <summary>The narrowest pattern of the compared spaces that the host matches.</summary>
    private string Label(CanonicalHost host, int[] inside, int[] outside)
    {
        foreach (var pattern in _index.Match(host))
        {
            if (_rulesOfPattern[pattern].Any(r => inside.Contains(r.Set) || outside.Contains(r.Set)))
            {
                return _index.Text(pattern);
            }
        }

        // Only when one of the spaces is everything, whatever the host.
        return "*";
    }

    /// <summary>Hosts that all rules treat alike.</summary>
    /// <param name="boxes">For each set that has rules for them, what those ask; ascending, each once.</param>
    private sealed class HostClass(Dictionary<int, int[]> boxes)
    {
        /// <summary>Representatives.</summary>
        public List<CanonicalHost> Members { get; } = [];

        public int[][] Boxes(int[] sets) => [.. sets.Select(s => boxes.GetValueOrDefault(s, []))];
    }
}
