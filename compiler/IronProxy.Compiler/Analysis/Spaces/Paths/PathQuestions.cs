using System.Text;

namespace IronProxy.Compiler.Analysis.Spaces.Paths;

/// <summary>
/// Answers whether a path is in every one of some unions of patterns and not in every one of some others, with the shortest
/// such path. Each question is answered once.
/// </summary>
internal sealed class PathQuestions
{
    /// <summary>Patterns with many wildcards can need exponentially many states; no policy that people write comes near this.</summary>
    private const int MaxStates = 100_000;

    private readonly Dictionary<string, int> _patternIds = new(StringComparer.Ordinal);
    private readonly List<string> _patterns = [];
    private readonly Dictionary<string, int> _unionIds = new(StringComparer.Ordinal);
    private readonly List<Union> _unions = [];
    private readonly Dictionary<string, string?> _answers = new(StringComparer.Ordinal);

    /// <summary>The number of a pattern.</summary>
    public int Intern(string pattern)
    {
        if (!_patternIds.TryGetValue(pattern, out var id))
        {
            _patternIds[pattern] = id = _patterns.Count;
            _patterns.Add(pattern);
        }

        return id;
    }

    /// <summary>The pattern with a number.</summary>
    public string Pattern(int id) => _patterns[id];

    /// <summary>The number of the union of some patterns.</summary>
    public int InternUnion(IEnumerable<int> patterns)
    {
        int[] members = [.. patterns.Distinct().Order()];
        var key = string.Join(',', members);
        if (!_unionIds.TryGetValue(key, out var id))
        {
            _unionIds[key] = id = _unions.Count;
            _unions.Add(new Union([.. members], new Lazy<PathPatternUnion>(() => new PathPatternUnion(members.Select(Pattern)))));
        }

        return id;
    }

    /// <summary>The patterns of a union, by their numbers.</summary>
    public IReadOnlySet<int> Members(int union) => _unions[union].Members;

    /// <summary>The shortest path in all of <paramref name="inside"/> that is not in all of <paramref name="outside"/>.</summary>
    /// <param name="inside">Unions of patterns; unions of everything are left out.</param>
    /// <param name="outside">The same; null stands for nothing, which no path is in.</param>
    /// <returns>The path, or null when there is none.</returns>
    public string? Find(IReadOnlyCollection<int> inside, IReadOnlyCollection<int>? outside)
    {
        // A path of the inside is in every union that holds one of the inside's whole.
        if (outside is not null && outside.All(o => inside.Any(i => i == o || Members(i).IsSubsetOf(Members(o)))))
        {
            return null;
        }

        var insideOnce = inside.Distinct().Order().ToArray();
        var outsideOnce = outside?.Distinct().Order().ToArray();
        var key = $"{string.Join(',', insideOnce)}\\{(outsideOnce is null ? "-" : string.Join(',', outsideOnce))}";
        if (!_answers.TryGetValue(key, out var path))
        {
            _answers[key] = path = Search([.. insideOnce.Select(Automaton)], outsideOnce?.Select(Automaton).ToArray());
        }

        return path;
    }

    private PathPatternUnion Automaton(int union) => _unions[union].Automaton.Value;

    /// <summary>Breadth first through the product of all automata, so that the first path found is a shortest one.</summary>
    private static string? Search(PathPatternUnion[] inside, PathPatternUnion[]? outside)
    {
        PathPatternUnion[] all = [.. inside, .. outside ?? []];
        var alphabet = AlphabetOf(all);
        var states = new List<Reached> { new(RequestPathAutomaton.Start, [.. all.Select(u => u.StartState)], -1, '\0') };
        var known = new HashSet<Reached>(states);
        var foundOther = false;
        for (var at = 0; at < states.Count; at++)
        {
            var from = states[at];
            foreach (var c in alphabet)
            {
                var valid = RequestPathAutomaton.Next(from.Valid, c);
                if (valid == RequestPathAutomaton.Dead)
                {
                    continue;
                }

                var to = new Reached(valid, [.. all.Select((u, i) => u.Next(from.Unions[i], c))], at, c);
                if (IsHopeless(to, inside.Length, outside is not null) || !known.Add(to))
                {
                    continue;
                }

                states.Add(to);
                if (IsAnswer(to, all, inside.Length, outside is not null))
                {
                    var path = Spell(states, to);
                    if (RequestPathAutomaton.IsRequestPath(path))
                    {
                        return path;
                    }

                    // What follows may make a name of it, in the same state.
                    foundOther = true;
                    known.Remove(to);
                }
            }

            if (states.Count > MaxStates)
            {
                throw new AnalysisLimitException("the wildcards of the path patterns combine in too many ways to compare them");
            }
        }

        // What stands for other paths is no path itself, so nothing is known of those.
        return foundOther ? throw new AnalysisLimitException("the path patterns differ in disguised dots, which cannot be compared") : null;
    }

    private static bool IsHopeless(Reached state, int inside, bool hasOutside)
    {
        for (var i = 0; i < inside; i++)
        {
            if (state.Unions[i] == PathPatternUnion.Dead)
            {
                return true;
            }
        }

        return hasOutside && state.Unions.AsSpan(inside).ContainsAnyExcept(PathPatternUnion.All) is false;
    }

    private static bool IsAnswer(Reached state, PathPatternUnion[] all, int inside, bool hasOutside)
    {
        if (!RequestPathAutomaton.Accepts(state.Valid))
        {
            return false;
        }

        for (var i = 0; i < inside; i++)
        {
            if (!all[i].Accepts(state.Unions[i]))
            {
                return false;
            }
        }

        for (var i = inside; i < all.Length; i++)
        {
            if (!all[i].Accepts(state.Unions[i]))
            {
                return true;
            }
        }

        return !hasOutside;
    }

    private static char[] AlphabetOf(PathPatternUnion[] unions)
    {
        var named = new HashSet<char>(RequestPathAutomaton.Special);
        foreach (var union in unions)
        {
            named.UnionWith(union.Characters);
        }

        // One character stands for all that nobody names.
        var other = RequestPathAutomaton.Alphabet.FirstOrDefault(c => !named.Contains(c));
        return [.. RequestPathAutomaton.Alphabet.Where(c => c == other || named.Contains(c))];
    }

    private static string Spell(List<Reached> states, Reached last)
    {
        var path = new StringBuilder();
        for (var state = last; state.From >= 0; state = states[state.From])
        {
            path.Insert(0, state.By);
        }

        return path.ToString();
    }

    private sealed record Union(HashSet<int> Members, Lazy<PathPatternUnion> Automaton);

    private sealed class Reached(int valid, int[] unions, int from, char by) : IEquatable<Reached>
    {
        public int Valid { get; } = valid;

        public int[] Unions { get; } = unions;

        public int From { get; } = from;

        public char By { get; } = by;

        public bool Equals(Reached? other) => other is not null && Valid == other.Valid && Unions.AsSpan().SequenceEqual(other.Unions);

        public override bool Equals(object? obj) => Equals(obj as Reached);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(Valid);
            foreach (var state in Unions)
            {
                hash.Add(state);
            }

            return hash.ToHashCode();
        }
    }
}
