using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Optimization;

/// <summary>
/// Gives each host pattern its class: what the pattern brings, joined with what all wider patterns bring. Most patterns
/// bring the same as their neighbours, so a class is found by its parent's class and the pattern's own uses.
/// </summary>
internal sealed class HostClassBuilder
{
    private const int EmptyClass = 0;
    private const int Unknown = -1;

    private readonly HostPattern[] _patterns;
    private readonly HostUse[] _uses;
    private readonly int[] _useStarts;
    private readonly int[] _classOf;
    private readonly Dictionary<string, int> _suffixes = new(StringComparer.Ordinal);
    private readonly int _any = Unknown;
    private readonly List<ImmutableArray<RuleSetUse>> _classes = [[]];
    private readonly Dictionary<string, int> _classIndex = new(StringComparer.Ordinal) { [""] = EmptyClass };
    private readonly Dictionary<string, int> _ownIndex = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Set, int When), int> _singleOwnIndex = [];
    private readonly Dictionary<(int Parent, int Own), int> _joined = [];

    private HostClassBuilder(string[] hosts, List<HostUse> uses)
    {
        _patterns = Array.ConvertAll(hosts, HostPattern.Parse);
        _uses = [.. uses];
        Array.Sort(_uses);
        _useStarts = new int[hosts.Length + 1];
        foreach (var use in _uses)
        {
            _useStarts[use.Host + 1]++;
        }

        for (var i = 1; i < _useStarts.Length; i++)
        {
            _useStarts[i] += _useStarts[i - 1];
        }

        _classOf = new int[hosts.Length];
        Array.Fill(_classOf, Unknown);
        for (var i = 0; i < _patterns.Length; i++)
        {
            switch (_patterns[i].Kind)
            {
                case HostPatternKind.Suffix:
                    _suffixes.Add(_patterns[i].Name, i);
                    break;
                case HostPatternKind.Any:
                    _any = i;
                    break;
            }
        }
    }

    /// <summary>Classes of patterns that are distinct and in order.</summary>
    public static (ImmutableArray<HostPatternPlan> Hosts, ImmutableArray<HostClassPlan> Classes) Build(string[] hosts, List<HostUse> uses)
    {
        var builder = new HostClassBuilder(hosts, uses);
        var plans = ImmutableArray.CreateBuilder<HostPatternPlan>(hosts.Length);
        for (var i = 0; i < hosts.Length; i++)
        {
            plans.Add(new HostPatternPlan(hosts[i], builder.ClassOf(i)));
        }

        return (plans.MoveToImmutable(), [.. builder._classes.Select(c => new HostClassPlan(c))]);
    }

    /// <summary>The depth of the recursion is at most the number of labels of a name.</summary>
    private int ClassOf(int host)
    {
        if (_classOf[host] == Unknown)
        {
            var wider = Wider(host);
            var parent = wider == Unknown ? EmptyClass : ClassOf(wider);
            _classOf[host] = Join(parent, host);
        }

        return _classOf[host];
    }

    /// <summary>The narrowest suffix pattern that covers a pattern, or <c>*</c>. Globs are merged at run time, so they have none.</summary>
    private int Wider(int host)
    {
        var pattern = _patterns[host];
        if (pattern.Kind is HostPatternKind.Glob or HostPatternKind.Any)
        {
            return Unknown;
        }

        var lookup = _suffixes.GetAlternateLookup<ReadOnlySpan<char>>();
        var rest = pattern.Name.AsSpan();
        if (pattern.Kind == HostPatternKind.Exact && lookup.TryGetValue(rest, out var own))
        {
            return own;
        }

        while (rest.IndexOf('.') is >= 0 and var dot)
        {
            rest = rest[(dot + 1)..];
            if (lookup.TryGetValue(rest, out var wider))
            {
                return wider;
            }
        }

        return _any;
    }

    private int Join(int parent, int host)
    {
        var own = OwnIndex(host);
        ref var joined = ref CollectionsMarshal.GetValueRefOrAddDefault(_joined, (parent, own), out var known);
        if (!known)
        {
            var uses = Merge(_classes[parent], Own(host));
            var key = KeyOf(uses);
            if (!_classIndex.TryGetValue(key, out joined))
            {
                joined = _classes.Count;
                _classes.Add(uses);
                _classIndex.Add(key, joined);
            }
        }

        return joined;
    }

    /// <summary>A number for what a pattern brings itself; one rule in one set is by far the most frequent.</summary>
    private int OwnIndex(int host)
    {
        var next = _singleOwnIndex.Count + _ownIndex.Count;
        var (start, end) = (_useStarts[host], _useStarts[host + 1]);
        if (end - start == 1)
        {
            var single = (_uses[start].Set, _uses[start].When);
            return _singleOwnIndex.TryAdd(single, next) ? next : _singleOwnIndex[single];
        }

        var key = KeyOf(Own(host));
        return _ownIndex.TryAdd(key, next) ? next : _ownIndex[key];
    }

    private ImmutableArray<RuleSetUse> Own(int host)
    {
        var sets = ImmutableArray.CreateBuilder<RuleSetUse>();
        var when = ImmutableArray.CreateBuilder<int>();
        for (var i = _useStarts[host]; i < _useStarts[host + 1]; i++)
        {
            if (when.Count == 0 || when[^1] != _uses[i].When)
            {
                when.Add(_uses[i].When);
            }

            if (i + 1 == _useStarts[host + 1] || _uses[i + 1].Set != _uses[i].Set)
            {
                sets.Add(new RuleSetUse(_uses[i].Set, when.ToImmutable()));
                when.Clear();
            }
        }

        return sets.ToImmutable();
    }

    private static ImmutableArray<RuleSetUse> Merge(ImmutableArray<RuleSetUse> a, ImmutableArray<RuleSetUse> b)
    {
        var merged = ImmutableArray.CreateBuilder<RuleSetUse>(a.Length + b.Length);
        var (i, j) = (0, 0);
        while (i < a.Length || j < b.Length)
        {
            var left = i < a.Length ? a[i].Set : int.MaxValue;
            var right = j < b.Length ? b[j].Set : int.MaxValue;
            if (left == right)
            {
                merged.Add(new RuleSetUse(left, [.. a[i++].When.Union(b[j++].When).Order()]));
            }
            else
            {
                merged.Add(left < right ? a[i++] : b[j++]);
            }
        }

        return merged.ToImmutable();
    }

    private static string KeyOf(ImmutableArray<RuleSetUse> uses)
    {
        var key = new StringBuilder();
        foreach (var use in uses)
        {
            key.Append(use.Set).Append(':').AppendJoin(',', use.When.Select(w => w.ToString(CultureInfo.InvariantCulture))).Append(';');
        }

        return key.ToString();
    }
}
