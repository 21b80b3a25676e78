using System.Collections.Immutable;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Learning;

/// <summary>A proxy.yaml with a learned allowlist.</summary>
/// <param name="Text">The file in its canonical layout. Null when it could not be made.</param>
/// <param name="Diagnostics">What is wrong with the policy that it was to be made from.</param>
/// <param name="Problem">Why that policy does not fit, when nothing is wrong with it.</param>
public sealed record LearnedFile(string? Text, ImmutableArray<Diagnostic> Diagnostics, string? Problem);
