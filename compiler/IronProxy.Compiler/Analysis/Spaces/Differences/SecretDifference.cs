using System.Collections.Immutable;

namespace IronProxy.Compiler.Analysis.Spaces.Differences;

/// <summary>What becomes of a secret or another credential: of all entries with one name and one mode.</summary>
/// <param name="Name">The name.</param>
/// <param name="Mode"><c>inject</c>, <c>replace</c>, or the name of the transform that makes a token or a signature of it.</param>
/// <param name="Standing"><c>added</c>, <c>removed</c> or <c>kept</c>.</param>
/// <param name="Sendable">Requests that it may now travel in.</param>
/// <param name="NoLongerSendable">Requests that it may no longer travel in.</param>
public sealed record SecretDifference(
    string Name,
    string Mode,
    string Standing,
    ImmutableArray<SpaceDifference> Sendable,
    ImmutableArray<SpaceDifference> NoLongerSendable);
