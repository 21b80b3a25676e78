using System.Collections.Immutable;

namespace IronProxy.Compiler.Analysis.Spaces.Proofs;

/// <summary>The answer to a claim about a plan.</summary>
/// <param name="Counterexample">A request that the claim denies, confirmed by the matcher. Null when there is none.</param>
/// <param name="Undecided">Hosts, in words, for which nothing could be said.</param>
/// <param name="NotConsidered">What was left aside because it could only deny more.</param>
public sealed record Proof(RequestWitness? Counterexample, ImmutableArray<string> Undecided, ImmutableArray<string> NotConsidered)
{
    /// <summary>Whether the claim holds for every request.</summary>
    public bool IsProven => Counterexample is null && Undecided.IsEmpty;
}
