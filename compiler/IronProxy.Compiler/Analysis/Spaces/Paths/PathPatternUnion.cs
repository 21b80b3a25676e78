using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Paths;

/// <summary>
/// The paths that match any of some patterns, as an automaton: a trie of the patterns, whose wildcards make it
/// nondeterministic, and the deterministic states that were met so far. It means what <see cref="Plan.Matching.PathPattern"/> does.
/// </summary>
internal sealed class PathPatternUnion
{
    /// <summary>Nothing that follows can match.</summary>
    public const int Dead = 0;

    /// <summary>Whatever follows matches.</summary>
    public const int All = 1;

    private const int Unknown = -1;

    private readonly List<Node> _nodes = [new Node()];
    private readonly List<State> _states = [];
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);

    public PathPatternUnion(IEnumerable<string> patterns)
    {
        foreach (var pattern in patterns)
        {
            Insert(RequestTarget.DecodeUnreserved(pattern));
        }

        _states.Add(new State([], accepts: false));
        _states.Add(new State([], accepts: true));
        StartState = Intern([0]);
    }

    /// <summary>Before the first character.</summary>
    public int StartState { get; }

    /// <summary>The characters that patterns name; all others are alike.</summary>
    public HashSet<char> Characters { get; } = [];

    public bool Accepts(int state) => _states[state].Accepts;

    /// <summary>The state behind one more character, which is ASCII.</summary>
    public int Next(int state, char c)
    {
        if (state is Dead or All)
        {
            return state;
        }

        var next = _states[state].Next[c];
        if (next == Unknown)
        {
            next = Intern(Step(_states[state].Nodes, c));
            _states[state].Next[c] = next;
        }

        return next;
    }

    private void Insert(string pattern)
    {
        var open = pattern.EndsWith('*');
        var body = open ? pattern[..^1] : pattern;
        var (node, parent) = (0, 0);
        foreach (var c in body)
        {
            parent = node;
            node = c switch
            {
                // A run of stars is one star.
                '*' when _nodes[node].IsStar => node,
                '*' => _nodes[node].Star ??= Add(new Node { IsStar = true }),
                '?' => _nodes[node].One ??= Add(new Node()),
                _ => Literal(node, c),
            };
        }

        if (!open)
        {
            _nodes[node].Accepts = true;
            return;
        }

        _nodes[node].Open = true;

        // "/v1/*" also matches "/v1".
        if (body.Length > 1 && body.EndsWith('/'))
        {
            _nodes[parent].Accepts = true;
        }
    }

    private int Literal(int node, char c)
    {
        Characters.Add(c);
        if (!_nodes[node].Next.TryGetValue(c, out var child))
        {
            _nodes[node].Next[c] = child = Add(new Node());
        }

        return child;
    }

    private int Add(Node node)
    {
        _nodes.Add(node);
        return _nodes.Count - 1;
    }

    private List<int> Step(int[] nodes, char c)
    {
        var next = new List<int>();
        foreach (var index in nodes)
        {
            var node = _nodes[index];
            if (node.Next.TryGetValue(c, out var child))
            {
                next.Add(child);
            }

            // Wildcards inside a pattern stay in their segment.
            if (c != '/')
            {
                if (node.IsStar)
                {
                    next.Add(index);
                }

                if (node.One is { } one)
                {
                    next.Add(one);
                }
            }
        }

        return next;
    }

    private int Intern(List<int> nodes)
    {
        var closed = new SortedSet<int>();
        foreach (var index in nodes)
        {
            for (int? at = index; at is { } i && closed.Add(i);)
            {
                if (_nodes[i].Open)
                {
                    return All;
                }

                at = _nodes[i].Star;
            }
        }

        if (closed.Count == 0)
        {
            return Dead;
        }

        var key = string.Join(',', closed);
        if (!_known.TryGetValue(key, out var state))
        {
            _known[key] = state = _states.Count;
            _states.Add(new State([.. closed], closed.Any(i => _nodes[i].Accepts)));
        }

        return state;
    }

    private sealed class Node
    {
        public Dictionary<char, int> Next { get; } = [];

        public int? One { get; set; }

        public int? Star { get; set; }

        public bool IsStar { get; init; }

        public bool Accepts { get; set; }

        public bool Open { get; set; }
    }

    private sealed class State
    {
        public State(int[] nodes, bool accepts)
        {
            Nodes = nodes;
            Accepts = accepts;
            Array.Fill(Next, Unknown);
        }

        public int[] Nodes { get; }

        public bool Accepts { get; }

        public int[] Next { get; } = new int[128];
    }
}
