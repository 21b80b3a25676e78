using System.Collections.Immutable;

namespace IronProxy.Compiler.Learning;

/// <summary>An allowlist that was learned.</summary>
/// <param name="Granularity">How closely it follows what was recorded.</param>
/// <param name="Hosts">The hosts, in the order of their names, once for each client.</param>
/// <param name="LeftOut">What was not learned, and why.</param>
/// <param name="Siblings">Hosts that have a domain in common. They are not generalised: a wildcard is for people to write.</param>
public sealed record LearnedPolicy(
    LearningGranularity Granularity, ImmutableArray<LearnedHost> Hosts, ImmutableArray<LeftOutRequests> LeftOut, ImmutableArray<SiblingHosts> Siblings)
{
    /// <summary>How many recorded requests it allows.</summary>
    public long Count => Hosts.Sum(h => h.Count);
}

/// <summary>A host.</summary>
/// <param name="Text">Its name, or a network of one address.</param>
/// <param name="IsNetwork">Whether it is a network.</param>
/// <param name="Count">How many requests were recorded.</param>
/// <param name="Rules">Its rules; none when every method and path is allowed.</param>
/// <param name="Client">The client whose requests they were. Null for those of nobody who was known.</param>
public sealed record LearnedHost(string Text, bool IsNetwork, long Count, ImmutableArray<LearnedRule> Rules, string? Client);

/// <summary>What may be done at a host.</summary>
/// <param name="Methods">Methods, in the order of their names.</param>
/// <param name="Count">How many requests were recorded.</param>
/// <param name="Paths">Path patterns; none when every path is allowed.</param>
public sealed record LearnedRule(ImmutableArray<string> Methods, long Count, ImmutableArray<LearnedPath> Paths);

/// <summary>A path pattern.</summary>
/// <param name="Pattern">As in rules.</param>
/// <param name="Count">How many requests were recorded.</param>
public sealed record LearnedPath(string Pattern, long Count);

/// <summary>Requests that were not learned.</summary>
/// <param name="What">A host or a request. It comes from the workload and may hold any character.</param>
/// <param name="Why">Why they were not.</param>
/// <param name="Count">How many were recorded.</param>
public sealed record LeftOutRequests(string What, string Why, long Count);

/// <summary>Hosts directly below one domain.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Count">How many hosts.</param>
public sealed record SiblingHosts(string Domain, int Count);
