using IronProxy.Compiler.Analysis.Spaces.Proofs;

namespace IronProxy.Cli.Commands.Prove;

/// <summary>A claim and what came of it.</summary>
/// <param name="Text">The claim, as a sentence.</param>
/// <param name="Refuted">What a counterexample shows, as a sentence that a colon and the request follow.</param>
/// <param name="Proof">What came of it.</param>
/// <param name="Files">The policies that <c>explain</c> can be asked about a counterexample.</param>
internal sealed record Claim(string Text, string Refuted, Proof Proof, params string[] Files)
{
    /// <summary>A header without which a counterexample shows nothing: one with a placeholder. Null when it needs none.</summary>
    public string? Header { get; init; }
}
