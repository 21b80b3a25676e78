using System.Collections.Immutable;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Formatting;

/// <summary>A proxy.yaml that was made of another.</summary>
/// <param name="Text">The file in its canonical layout. Null when it could not be made.</param>
/// <param name="Diagnostics">What is wrong with the files that it was to be made from.</param>
/// <param name="Problem">Why the policy does not fit, when nothing is wrong with it.</param>
public sealed record RewrittenPolicy(string? Text, ImmutableArray<Diagnostic> Diagnostics, string? Problem);
