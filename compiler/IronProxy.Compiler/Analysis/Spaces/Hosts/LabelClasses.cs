using System.Text;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Hosts;

/// <summary>
/// Finds every way in which a label can match some patterns and not others, each with a shortest label, by going through
/// the product of their automata.
/// </summary>
internal sealed class LabelClasses(string[] patterns, IReadOnlyCollection<string> excluded, bool top)
{
    private const int MaxLength = 63;
    private const int MaxStates = 500_000;
    private const int MaxPunycodeTried = 60_000;
    private const string Prefix = "xn--";
    private const string Everything = "xabcdefghijklmnopqrstuvwyz0123456789_-";

    private readonly Dictionary<string, LabelClass> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool[]> _encoded = new(StringComparer.Ordinal);

    /// <summary>Finds the classes.</summary>
    /// <param name="patterns">Patterns of one label.</param>
    /// <param name="excluded">Labels that are no answer.</param>
    /// <param name="top">Whether the label is a host's last one, which cannot be a number.</param>
    /// <param name="undecided">Told in words when a class has only punycode labels and none was found that is one.</param>
    public static IReadOnlyCollection<LabelClass> Find(string[] patterns, IReadOnlyCollection<string> excluded, bool top, Action<string> undecided)
    {
        // Following the excluded labels as well costs much more, and is seldom needed.
        var without = new LabelClasses(patterns, [], top).Explore(undecided);
        return excluded.Count > 0 && without.Any(c => excluded.Contains(c.Label))
            ? new LabelClasses(patterns, excluded, top).Explore(undecided)
            : without;
    }

    private Dictionary<string, LabelClass>.ValueCollection Explore(Action<string> undecided)
    {
        var alphabet = Alphabet();
        var trie = ExcludedTrie();
        var states = new List<State> { new([.. patterns.Select(p => Close(p, 1))], "", trie) };
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < states.Count; at++)
        {
            var from = states[at];
            if (from.Label.Length == MaxLength)
            {
                continue;
            }

            foreach (var c in alphabet)
            {
                if (c == '-' && from.Label.Length == 0)
                {
                    continue;
                }

                var to = new State([.. patterns.Select((p, i) => Step(p, from.Positions[i], c))], from.Label + c, from.Excluded?.Next.GetValueOrDefault(c));
                if (known.Add(KeyOf(to)))
                {
                    states.Add(to);
                    Take(to);
                }
            }

            if (states.Count > MaxStates)
            {
                throw new AnalysisLimitException("the wildcards of the host patterns combine in too many ways to compare them");
            }
        }

        TakeEncoded(undecided);
        return _found.Values;
    }

    private void Take(State state)
    {
        if (state.Label[^1] == '-' || (top && IsNumber(state.Label)) || state.Excluded is { Ends: true })
        {
            return;
        }

        var found = new LabelClass(state.Label, [.. patterns.Select((p, i) => (state.Positions[i] >> p.Length & 1) == 1)]);
        var key = string.Concat(found.Matches.Select(m => m ? '1' : '0'));
        if (!state.Label.StartsWith(Prefix, StringComparison.Ordinal))
        {
            _found.TryAdd(key, found);
            return;
        }

        _encoded.TryAdd(key, found.Matches);
    }

    /// <summary>Not every label that begins with xn-- is punycode, so those are only used where no other label is.</summary>
    private void TakeEncoded(Action<string> undecided)
    {
        foreach (var (key, matches) in _encoded)
        {
            if (_found.ContainsKey(key))
            {
                continue;
            }

            if (FindPunycode(matches) is { } valid)
            {
                _found[key] = new LabelClass(valid, matches);
            }
            else
            {
                undecided($"hosts with a punycode label (xn--) that matches {string.Join(" and ", patterns.Where((_, i) => matches[i]))}");
            }
        }
    }

    /// <summary>Tries labels, shorter ones first, as long as the patterns that must match still can.</summary>
    private string? FindPunycode(bool[] matches)
    {
        var tried = new List<State> { new([.. patterns.Select(p => Prefix.Aggregate(Close(p, 1), (at, c) => Step(p, at, c)))], Prefix, null) };
        for (var at = 0; at < tried.Count && tried.Count < MaxPunycodeTried; at++)
        {
            foreach (var c in Everything)
            {
                var from = tried[at];
                var to = new State([.. patterns.Select((p, i) => Step(p, from.Positions[i], c))], from.Label + c, null);
                if (to.Label.Length > MaxLength || matches.Where((m, i) => m && to.Positions[i] == 0).Any())
                {
                    continue;
                }

                tried.Add(to);
                if (patterns.Select((p, i) => (to.Positions[i] >> p.Length & 1) == 1).SequenceEqual(matches)
                    && !excluded.Contains(to.Label)
                    && CanonicalHost.TryCreate($"{to.Label}.test", bracketed: false, out _) is null)
                {
                    return to.Label;
                }
            }
        }

        return null;
    }

    private string Alphabet()
    {
        if (top)
        {
            return Everything;
        }

        var named = new HashSet<char>(string.Concat(patterns) + string.Concat(excluded) + "xn-");
        var other = Everything.FirstOrDefault(c => !named.Contains(c));
        return string.Concat(Everything.Where(c => c == other || named.Contains(c)));
    }

    /// <summary>Positions in a pattern are bits; a star can also be empty.</summary>
    private static ulong Close(string pattern, ulong positions)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '*')
            {
                positions |= (positions & (1UL << i)) << 1;
            }
        }

        return positions;
    }

    private static ulong Step(string pattern, ulong positions, char c)
    {
        var next = 0UL;
        for (var i = 0; i < pattern.Length; i++)
        {
            if ((positions >> i & 1) == 1)
            {
                next |= pattern[i] == '*' ? 1UL << i
                    : pattern[i] == '?' || pattern[i] == c ? 1UL << (i + 1)
                    : 0;
            }
        }

        return Close(pattern, next);
    }

    /// <summary>What the labels that begin like this one have in common from here on.</summary>
    private string KeyOf(State state)
    {
        var key = new StringBuilder();
        foreach (var positions in state.Positions)
        {
            key.Append(positions).Append(' ');
        }

        var label = state.Label;
        key.Append(label[^1] == '-').Append(state.Excluded?.Id ?? -1)
            .Append(' ').Append(label.StartsWith(Prefix, StringComparison.Ordinal) ? Prefix : Prefix.StartsWith(label, StringComparison.Ordinal) ? label : "");
        if (top)
        {
            var number = label == "0" ? '0' : IsNumber(label) ? label[^1] is 'x' || label.StartsWith("0x", StringComparison.Ordinal) ? 'x' : '1' : '-';
            key.Append(' ').Append(number);
        }

        return key.ToString();
    }

    /// <summary>The last label of a name is no number, decimal or hexadecimal: some resolvers would read an address.</summary>
    private static bool IsNumber(string label) =>
        label.All(char.IsAsciiDigit) || (label.StartsWith("0x", StringComparison.Ordinal) && label.Skip(2).All(char.IsAsciiHexDigitLower));

    private TrieNode? ExcludedTrie()
    {
        if (excluded.Count == 0)
        {
            return null;
        }

        var root = new TrieNode(0);
        var count = 1;
        foreach (var label in excluded)
        {
            var node = root;
            foreach (var c in label)
            {
                if (!node.Next.TryGetValue(c, out var child))
                {
                    node.Next[c] = child = new TrieNode(count++);
                }

                node = child;
            }

            node.Ends = true;
        }

        return root;
    }

    private sealed record State(ulong[] Positions, string Label, TrieNode? Excluded);

    private sealed class TrieNode(int id)
    {
        public int Id { get; } = id;

        public Dictionary<char, TrieNode> Next { get; } = [];

        public bool Ends { get; set; }
    }
}
