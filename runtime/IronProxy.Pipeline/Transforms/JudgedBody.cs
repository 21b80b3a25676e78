using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>What a step that judges calls has said of a request.</summary>
/// <param name="Name">The step's name in proxy.yaml.</param>
/// <param name="IsKnown">Whether there was a body to judge. There always is while requests are served.</param>
/// <param name="Calls">The calls in it. Empty when it is malformed.</param>
public sealed record JudgedBody(string Name, bool IsKnown, ImmutableArray<JudgedCall> Calls)
{
    /// <summary>The error that a client gets for a denied call, in a few words; null when none is denied.</summary>
    public string? Answer { get; init; }
}

/// <summary>A call that was judged.</summary>
/// <param name="Name">What is called.</param>
/// <param name="IsAllowed">Whether it may go on.</param>
/// <param name="Entries">The entries of that name, up to the one that allows the call.</param>
public sealed record JudgedCall(string Name, bool IsAllowed, ImmutableArray<EntryAnswer> Entries);
