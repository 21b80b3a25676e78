using System.Collections.Immutable;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Compiler.Analysis.Spaces.Paths;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Lookup;

/// <summary>
/// Compares what rules ask beside the host. Questions about path patterns are answered exactly, but only so many of them:
/// behind that, and for patterns that combine in too many ways, nothing is claimed.
/// </summary>
internal sealed class ConditionRelations(ImmutableArray<ConditionPlan> conditions)
{
    /// <summary>A question takes well below a millisecond, so this is a fraction of a second.</summary>
    private const int MaxQuestions = 1000;

    private readonly PathQuestions _paths = new();
    private readonly Dictionary<(int, int), bool> _covers = [];
    private readonly Dictionary<(int, int), bool> _disjoint = [];
    private int _questions;

    /// <summary>The condition with an index.</summary>
    public ConditionPlan this[int index] => conditions[index];

    /// <summary>Whether what meets one condition is known to meet another as well.</summary>
    public bool Covers(int wide, int narrow)
    {
        if (wide == narrow || wide == 0)
        {
            return true;
        }

        var (w, n) = (conditions[wide], conditions[narrow]);
        return IsWithin(n.Methods, w.Methods)
            && IsWithin(n.Ports, w.Ports)
            && IsWithin(n.Clients, w.Clients)
            && (w.Scheme is null || w.Scheme == n.Scheme)
            && (w.Paths is null || (n.Paths is not null && PathsCover(wide, narrow)));
    }

    /// <summary>Whether a condition asks for CONNECT alone, which opens a tunnel and is the method of no request inside it.</summary>
    public bool IsForTunnels(int condition) => conditions[condition].Methods is ["CONNECT"];

    /// <summary>Whether it is known that nothing inside of tunnels that one condition opens meets another one. Methods, paths and schemes are those of the requests inside.</summary>
    public bool AreApart(int inner, int tunnel)
    {
        var (a, b) = (conditions[inner], conditions[tunnel]);
        return IsForTunnels(inner) || HaveNoneInCommon(a.Ports, b.Ports) || HaveNoneInCommon(a.Clients, b.Clients);
    }

    /// <summary>Whether it is known that nothing meets both conditions.</summary>
    public bool AreDisjoint(int one, int other)
    {
        if (one == other || one == 0 || other == 0)
        {
            return false;
        }

        var (a, b) = (conditions[one], conditions[other]);
        return (a.Scheme is not null && b.Scheme is not null && a.Scheme != b.Scheme)
            || HaveNoneInCommon(a.Methods, b.Methods)
            || HaveNoneInCommon(a.Clients, b.Clients)
            || HaveNoneInCommon(a.Ports, b.Ports)
            || (a.Paths is not null && b.Paths is not null && PathsAreDisjoint(Math.Min(one, other), Math.Max(one, other)));
    }

    private static bool IsWithin<T>(ImmutableArray<T>? narrow, ImmutableArray<T>? wide) =>
        wide is not { } all || (narrow is { } some && some.All(all.Contains));

    private static bool HaveNoneInCommon<T>(ImmutableArray<T>? one, ImmutableArray<T>? other) => one is { } a && other is { } b && !a.Intersect(b).Any();

    private bool PathsCover(int wide, int narrow)
    {
        // Both were asked for by the caller.
        var (some, all) = (conditions[narrow].Paths!.Value, conditions[wide].Paths!.Value);
        if (some.All(all.Contains))
        {
            return true;
        }

        return !HasSeveralReadings(some) && some.All(p => all.Any(q => Fit(q, p))) && Ask(_covers, (wide, narrow), () => _paths.Find([Union(some)], [Union(all)]) is null);
    }

    private bool PathsAreDisjoint(int one, int other)
    {
        // Both were asked for by the caller.
        var (some, others) = (conditions[one].Paths!.Value, conditions[other].Paths!.Value);
        if (!some.Any(p => others.Any(q => Fit(q, p))))
        {
            return true;
        }

        return !HasSeveralReadings(some) && !HasSeveralReadings(others) && !some.Any(others.Contains) && Ask(_disjoint, (one, other), () => _paths.Find([Union(some), Union(others)], null) is null);
    }

    /// <summary>Questions about paths leave out those with several readings, so of patterns that name one nothing is known.</summary>
    private static bool HasSeveralReadings(ImmutableArray<string> patterns) => patterns.Any(RequestPathAutomaton.HasSeveralReadings);

    private int Union(ImmutableArray<string> patterns) => _paths.InternUnion(patterns.Select(_paths.Intern));

    /// <summary>Whether paths could match both, as far as the characters before the first wildcard say.</summary>
    private static bool Fit(string one, string other)
    {
        var a = LiteralStart(one);
        var b = LiteralStart(other);
        return a.StartsWith(b) || b.StartsWith(a) || a.TrimEnd('/').SequenceEqual(b) || b.TrimEnd('/').SequenceEqual(a);
    }

    private static ReadOnlySpan<char> LiteralStart(string pattern)
    {
        var decoded = pattern.Contains('%', StringComparison.Ordinal) ? RequestTarget.DecodeUnreserved(pattern) : pattern;
        var wildcard = decoded.AsSpan().IndexOfAny('*', '?');
        return wildcard < 0 ? decoded : decoded.AsSpan(0, wildcard);
    }

    /// <summary>The answer to a question about paths; no when it is one too many.</summary>
    private bool Ask(Dictionary<(int, int), bool> answers, (int, int) pair, Func<bool> question)
    {
        if (answers.TryGetValue(pair, out var answer))
        {
            return answer;
        }

        try
        {
            return _questions++ < MaxQuestions && (answers[pair] = question());
        }
        catch (AnalysisLimitException)
        {
            return answers[pair] = false;
        }
    }
}
