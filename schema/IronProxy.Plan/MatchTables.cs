using System.Collections.Immutable;

namespace IronProxy.Plan;

/// <summary>
/// All host patterns, conditions and rules of a plan. Rule sets are shared between the steps that ask the same;
/// host classes say, for each place in the host trie, which conditions of which rule sets can apply there.
/// </summary>
public sealed record MatchTables
{
    /// <summary>Distinct host patterns, ordered by their text.</summary>
    public required ImmutableArray<HostPatternPlan> Hosts { get; init; }

    /// <summary>Distinct networks, ordered by their text.</summary>
    public required ImmutableArray<string> Cidrs { get; init; }

    /// <summary>Distinct conditions on method, path, port, scheme and client. The first is always the empty one.</summary>
    public required ImmutableArray<ConditionPlan> Conditions { get; init; }

    /// <summary>Rule sets. A step names one by its index.</summary>
    public required ImmutableArray<RuleSetPlan> Rules { get; init; }

    /// <summary>Distinct host classes. The first is always the empty one.</summary>
    public required ImmutableArray<HostClassPlan> Classes { get; init; }
}

/// <summary>A host pattern and the class of the hosts whose most specific pattern it is.</summary>
/// <param name="Pattern">Canonical pattern: a name, <c>*.name</c>, <c>*</c>, or a glob.</param>
/// <param name="Class">
/// For names, <c>*.name</c> and <c>*</c>: index of the class that holds what this pattern and all wider suffix patterns
/// bring. For globs: index of the class that this pattern alone brings, merged at run time.
/// </param>
public sealed record HostPatternPlan(string Pattern, int Class);

/// <summary>What a rule asks beside the host. Empty lists ask nothing.</summary>
public sealed record ConditionPlan
{
    /// <summary>Methods in upper case, ordered. Null allows every method.</summary>
    public ImmutableArray<string>? Methods { get; init; }

    /// <summary>Path patterns, ordered. Null allows every path.</summary>
    public ImmutableArray<string>? Paths { get; init; }

    /// <summary>Ports, ordered. Null allows every port.</summary>
    public ImmutableArray<int>? Ports { get; init; }

    /// <summary>The one scheme that is allowed, <c>http</c> or <c>https</c>. Null allows both.</summary>
    public string? Scheme { get; init; }

    /// <summary>Names of clients, ordered. Null allows everybody, those who are not known included.</summary>
    public ImmutableArray<string>? Clients { get; init; }
}

/// <summary>An ordered list of rules; it matches when any of them does.</summary>
/// <param name="Items">The rules, in the order of the file.</param>
public sealed record RuleSetPlan(ImmutableArray<RulePlan> Items);

/// <summary>One rule: a host pattern or a network, and a condition.</summary>
public sealed record RulePlan
{
    /// <summary>Index into <see cref="MatchTables.Hosts"/>. Null when <see cref="Cidr"/> is set.</summary>
    public int? Host { get; init; }

    /// <summary>Index into <see cref="MatchTables.Cidrs"/>. Null when <see cref="Host"/> is set.</summary>
    public int? Cidr { get; init; }

    /// <summary>Index into <see cref="MatchTables.Conditions"/>.</summary>
    public required int When { get; init; }

    /// <summary>Where the rule is written.</summary>
    public required SourcePosition At { get; init; }
}

/// <summary>What can apply to a host: conditions, grouped by rule set.</summary>
/// <param name="Uses">Ordered by rule set.</param>
public sealed record HostClassPlan(ImmutableArray<RuleSetUse> Uses);

/// <summary>The conditions of one rule set that can apply in a class.</summary>
/// <param name="Set">Index into <see cref="MatchTables.Rules"/>.</param>
/// <param name="When">Indexes into <see cref="MatchTables.Conditions"/>, ascending, without repetition.</param>
public sealed record RuleSetUse(int Set, ImmutableArray<int> When);
