namespace IronProxy.Pipeline.Scrubbing;

/// <summary>The patterns as a tree of their bytes, while it grows.</summary>
internal sealed class PatternTrie
{
    private readonly int[] _fromRoot = new int[256];
    private readonly List<byte> _byteOf = [0];
    private readonly List<int> _firstChild = [PatternAutomaton.Root];
    private readonly List<int> _sibling = [PatternAutomaton.Root];
    private readonly List<int> _depth = [0];
    private readonly List<int> _match = [PatternAutomaton.NoMatch];

    /// <summary>The states behind each first byte.</summary>
    public int[] FromRoot => _fromRoot;

    /// <summary>Adds a pattern. Of equal ones the first counts.</summary>
    public void Add(ReadOnlySpan<byte> bytes, int pattern)
    {
        var state = PatternAutomaton.Root;
        foreach (var value in bytes)
        {
            state = Child(state, value) is > PatternAutomaton.Root and var child ? child : Grow(state, value);
        }

        if (_match[state] == PatternAutomaton.NoMatch)
        {
            _match[state] = pattern;
        }
    }

    /// <summary>Says of each state where to go on when no child fits. Those nearer to the root are done first.</summary>
    public PatternState[] Link()
    {
        var fallback = new int[_byteOf.Count];
        var held = new int[_byteOf.Count];
        var waiting = new Queue<int>([PatternAutomaton.Root]);
        while (waiting.TryDequeue(out var state))
        {
            held[state] = _firstChild[state] != PatternAutomaton.Root ? _depth[state] : held[fallback[state]];
            _match[state] = _match[state] == PatternAutomaton.NoMatch ? _match[fallback[state]] : _match[state];
            for (var child = _firstChild[state]; child != PatternAutomaton.Root; child = _sibling[child])
            {
                fallback[child] = state == PatternAutomaton.Root ? PatternAutomaton.Root : Follow(fallback, fallback[state], _byteOf[child]);
                waiting.Enqueue(child);
            }
        }

        return [.. Enumerable.Range(0, _byteOf.Count).Select(s => new PatternState(_byteOf[s], _firstChild[s], _sibling[s], fallback[s], _depth[s], held[s], _match[s]))];
    }

    private int Child(int state, byte value)
    {
        if (state == PatternAutomaton.Root)
        {
            return _fromRoot[value];
        }

        var child = _firstChild[state];
        while (child != PatternAutomaton.Root && _byteOf[child] != value)
        {
            child = _sibling[child];
        }

        return child;
    }

    private int Grow(int parent, byte value)
    {
        var state = _byteOf.Count;
        _byteOf.Add(value);
        _firstChild.Add(PatternAutomaton.Root);
        _sibling.Add(_firstChild[parent]);
        _depth.Add(_depth[parent] + 1);
        _match.Add(PatternAutomaton.NoMatch);
        _firstChild[parent] = state;
        if (parent == PatternAutomaton.Root)
        {
            _fromRoot[value] = state;
        }

        return state;
    }

    private int Follow(int[] fallback, int state, byte value)
    {
        while (state != PatternAutomaton.Root && Child(state, value) == PatternAutomaton.Root)
        {
            state = fallback[state];
        }

        return Child(state, value);
    }
}

/// <summary>One state of a <see cref="PatternAutomaton"/>.</summary>
/// <param name="Byte">The byte that leads here.</param>
/// <param name="FirstChild">The first state behind this one.</param>
/// <param name="Sibling">The next state behind the one before.</param>
/// <param name="Fallback">Where to go on when no child fits: a shorter beginning.</param>
/// <param name="Depth">How many bytes lead here.</param>
/// <param name="Held">How many bytes what follows may complete.</param>
/// <param name="Match">The longest pattern that ends here.</param>
internal readonly record struct PatternState(byte Byte, int FirstChild, int Sibling, int Fallback, int Depth, int Held, int Match);
