using System.Globalization;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Spaces.Hosts;

/// <summary>
/// Names that show every way in which a name can match some host patterns and not others. They are found label by label
/// from the right, through the trie of the patterns' literal ends and the labels of the globs that hang there; a label that
/// is not in the trie is represented by one label for each way to match those globs.
/// </summary>
internal sealed class HostNames
{
    private const int MaxLength = 253;
    private const int MaxStates = 2_000_000;

    /// <summary>Readable labels for hosts of which no pattern says more.</summary>
    private static readonly string[] Readable = ["other", "another", "some", "x", "y", "z", "a", "b", "c", "d"];

    private readonly List<Node> _nodes = [new Node()];
    private readonly List<Glob> _globs = [];
    private readonly PriorityQueue<State, int> _open = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyCollection<LabelClass>> _labels = new(StringComparer.Ordinal);
    private readonly List<CanonicalHost> _found = [];
    private readonly Action<string> _undecided;

    private HostNames(IEnumerable<HostPattern> patterns, Action<string> undecided)
    {
        _undecided = undecided;
        foreach (var pattern in patterns)
        {
            Insert(pattern);
        }
    }

    /// <summary>Finds the names.</summary>
    /// <param name="patterns">Host patterns.</param>
    /// <param name="undecided">Told in words which hosts could not be decided.</param>
    public static IReadOnlyList<CanonicalHost> Find(IEnumerable<HostPattern> patterns, Action<string> undecided) =>
        new HostNames(patterns, undecided).Explore();

    private void Insert(HostPattern pattern)
    {
        if (pattern.Kind == HostPatternKind.Any)
        {
            return;
        }

        var node = 0;
        foreach (var label in pattern.LiteralTail.Split('.', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            if (!_nodes[node].Children.TryGetValue(label, out var child))
            {
                _nodes[node].Children[label] = child = _nodes.Count;
                _nodes.Add(new Node());
            }

            node = child;
        }

        if (pattern.Kind == HostPatternKind.Suffix)
        {
            _nodes[node].IsSuffix = true;
        }
        else if (pattern.Kind == HostPatternKind.Glob)
        {
            var head = pattern.Name[..(pattern.Name.Length - pattern.LiteralTail.Length)].TrimEnd('.');
            _nodes[node].Globs.Add(_globs.Count);
            _globs.Add(new Glob([.. head.Split('.').Reverse()], pattern.Deep));
        }
    }

    private List<CanonicalHost> Explore()
    {
        Reach(new State("", 0, Suffix: -1, [.. _nodes[0].Globs.Select(g => (g, 0))], [], []));
        while (_open.TryDequeue(out var state, out _))
        {
            if (!_known.Add(state.Key))
            {
                continue;
            }

            if (state.Text.Length > 0)
            {
                // What is no name, because it ends in a number or holds bad punycode, has no names below it either.
                if (CanonicalHost.TryCreate(state.Text, bracketed: false, out var host) is not null || host.Address is not null)
                {
                    continue;
                }

                _found.Add(host);
            }

            foreach (var next in Next(state))
            {
                Reach(next);
            }

            if (_known.Count > MaxStates)
            {
                throw new AnalysisLimitException("the wildcards of the host patterns combine in too many ways to compare them");
            }
        }

        return _found;
    }

    /// <summary>Shorter texts first, so that a text is a shortest one of its state, and one that is too long shows that all are.</summary>
    private void Reach(State state)
    {
        if (state.Text.Length <= MaxLength)
        {
            _open.Enqueue(state, state.Text.Length);
        }
    }

    private IEnumerable<State> Next(State state)
    {
        if (state.Node >= 0)
        {
            foreach (var (label, child) in _nodes[state.Node].Children)
            {
                yield return Follow(state, label, child, pattern => HostPattern.Parse(pattern).Matches(label));
            }
        }

        if (state.Node < 0 && state.Alive.Length == 0 && state.Ended.Length == 0)
        {
            // Every name below matches the same.
            yield break;
        }

        IReadOnlyCollection<string> siblings = state.Node >= 0 ? _nodes[state.Node].Children.Keys : [];
        string[] patterns = [.. state.Alive.Select(a => _globs[a.Glob].Labels[a.Position]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (patterns.Length == 0)
        {
            yield return Follow(state, Other(siblings, state.Text), -1, _ => false);
            yield break;
        }

        foreach (var found in LabelsOf(patterns, siblings, state.Text.Length == 0))
        {
            yield return Follow(state, found.Label, -1, pattern => found.Matches[Array.IndexOf(patterns, pattern)]);
        }
    }

    /// <summary>The state behind one more label, on the left.</summary>
    private State Follow(State state, string label, int node, Func<string, bool> matches)
    {
        var alive = new List<(int Glob, int Position)>();
        var deep = new SortedSet<int>(state.Deep);
        var ended = new List<int>();
        foreach (var (glob, position) in state.Alive)
        {
            if (!matches(_globs[glob].Labels[position]))
            {
                continue;
            }

            if (position + 1 < _globs[glob].Labels.Length)
            {
                alive.Add((glob, position + 1));
            }
            else if (_globs[glob].Deep)
            {
                deep.Add(glob);
            }
            else
            {
                ended.Add(glob);
            }
        }

        if (node >= 0)
        {
            alive.AddRange(_nodes[node].Globs.Select(g => (g, 0)));
        }

        var text = state.Text.Length == 0 ? label : $"{label}.{state.Text}";
        var suffix = node >= 0 && _nodes[node].IsSuffix ? node : state.Suffix;
        alive.Sort();
        ended.Sort();
        return new State(text, node, suffix, [.. alive], [.. deep], [.. ended]);
    }

    /// <summary>A label that no sibling has.</summary>
    private static string Other(IReadOnlyCollection<string> siblings, string text)
    {
        var taken = siblings.ToHashSet(StringComparer.Ordinal);
        var space = MaxLength - text.Length - 1;
        foreach (var label in Readable)
        {
            if (label.Length <= space && !taken.Contains(label))
            {
                return label;
            }
        }

        // Shortest first; among one more than there are siblings, one is free.
        for (var i = 0; ; i++)
        {
            var label = string.Create(CultureInfo.InvariantCulture, $"x{i}");
            if (!taken.Contains(label))
            {
                return label;
            }
        }
    }

    private IReadOnlyCollection<LabelClass> LabelsOf(string[] patterns, IReadOnlyCollection<string> siblings, bool top)
    {
        if (siblings.Count > 0)
        {
            return LabelClasses.Find(patterns, siblings, top, _undecided);
        }

        var key = string.Join(' ', patterns) + (top ? " ." : "");
        if (!_labels.TryGetValue(key, out var found))
        {
            _labels[key] = found = LabelClasses.Find(patterns, siblings, top, _undecided);
        }

        return found;
    }

    private sealed class Node
    {
        public Dictionary<string, int> Children { get; } = new(StringComparer.Ordinal);

        public List<int> Globs { get; } = [];

        public bool IsSuffix { get; set; }
    }

    /// <param name="Labels">The labels in front of the literal end, from right to left.</param>
    /// <param name="Deep">Whether more labels may follow.</param>
    private sealed record Glob(string[] Labels, bool Deep);

    /// <param name="Text">A shortest name that leads here.</param>
    /// <param name="Node">The trie node, or -1 beside the trie.</param>
    /// <param name="Suffix">The node of the narrowest suffix pattern that covers the name, or -1.</param>
    /// <param name="Alive">Globs that may still match, and how many of their labels did.</param>
    /// <param name="Deep">Globs that match this name and all below it.</param>
    /// <param name="Ended">Globs that match this name and none below it.</param>
    private sealed record State(string Text, int Node, int Suffix, (int Glob, int Position)[] Alive, int[] Deep, int[] Ended)
    {
        public string Key => $"{Node}|{(Node < 0 ? Suffix : 0)}|{string.Join(',', Alive)}|{string.Join(',', Deep)}|{string.Join(',', Ended)}";
    }
}
