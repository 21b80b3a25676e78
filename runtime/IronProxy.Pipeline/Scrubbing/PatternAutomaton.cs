using System.Runtime.CompilerServices;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>
/// Finds many patterns in one pass (Aho and Corasick, 1975). A state is the longest end of what was read that a pattern begins with. Where nothing has begun, bytes
/// that begin nothing are passed over a window at a time (Wu and Manber, 1994). It is made once and shared.
/// </summary>
internal sealed class PatternAutomaton
{
    /// <summary>The state in which nothing has begun.</summary>
    public const int Root = 0;

    /// <summary>Value of <see cref="MatchOf"/> where no pattern ends.</summary>
    public const int NoMatch = -1;

    private const int MaxWindow = 64;
    private const int Blocks = 4096;

    private readonly ScrubPattern[] _patterns;
    private readonly PatternState[] _states;
    private readonly int[] _fromRoot;
    private readonly byte[] _shifts = new byte[Blocks];
    private readonly int _window;

    /// <summary>Prepares the search.</summary>
    /// <param name="patterns">The patterns, each of two bytes or more. Without any, nothing is found.</param>
    public PatternAutomaton(IEnumerable<ScrubPattern> patterns)
    {
        _patterns = [.. patterns];
        _window = _patterns.Select(p => p.Bytes.Length).Append(MaxWindow).Min();
        MaxDepth = _patterns.Select(p => p.Bytes.Length).DefaultIfEmpty().Max();
        Array.Fill(_shifts, (byte)(_window - 1));
        var trie = new PatternTrie();
        for (var i = 0; i < _patterns.Length; i++)
        {
            trie.Add(_patterns[i].Bytes, i);
            LimitShifts(_patterns[i].Bytes);
        }

        _states = trie.Link();
        _fromRoot = trie.FromRoot;
    }

    /// <summary>Length of the longest pattern.</summary>
    public int MaxDepth { get; }

    /// <summary>A pattern.</summary>
    public ScrubPattern PatternAt(int index) => _patterns[index];

    /// <summary>How many bytes of a pattern have been read.</summary>
    public int DepthOf(int state) => _states[state].Depth;

    /// <summary>How many bytes must be held back, because what follows may complete a pattern that begins with them.</summary>
    public int HeldAt(int state) => _states[state].Held;

    /// <summary>The longest pattern that ends here, or <see cref="NoMatch"/>.</summary>
    public int MatchOf(int state) => _states[state].Match;

    /// <summary>The state behind another byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(int state, byte value) => state == Root ? _fromRoot[value] : NextInside(state, value);

    /// <summary>Whether no pattern begins with a byte.</summary>
    public bool BeginsNothing(byte value) => _fromRoot[value] == Root;

    /// <summary>Passes over bytes while nothing has begun: none of them begins a pattern.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="at">Where to begin.</param>
    /// <returns>Where to go on byte by byte.</returns>
    public int Skip(ReadOnlySpan<byte> bytes, int at)
    {
        while (bytes.Length - at >= _window)
        {
            var shift = _shifts[Block(bytes[at + _window - 2], bytes[at + _window - 1])];
            if (shift == 0)
            {
                break;
            }

            at += shift;
        }

        return at;
    }

    private static int Block(byte first, byte second) => ((first << 4) ^ second) & (Blocks - 1);

    private void LimitShifts(ReadOnlySpan<byte> pattern)
    {
        for (var i = 0; i + 1 < _window; i++)
        {
            ref var shift = ref _shifts[Block(pattern[i], pattern[i + 1])];
            shift = (byte)Math.Min(shift, _window - 2 - i);
        }
    }

    private int NextInside(int state, byte value)
    {
        while (state != Root)
        {
            ref readonly var at = ref _states[state];
            for (var child = at.FirstChild; child != Root; child = _states[child].Sibling)
            {
                if (_states[child].Byte == value)
                {
                    return child;
                }
            }

            state = at.Fallback;
        }

        return _fromRoot[value];
    }
}
