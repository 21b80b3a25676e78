using System.Collections.Immutable;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Formatting;

/// <summary>What came of formatting a file.</summary>
/// <param name="Text">The whole file in its canonical layout, or null when there is an error.</param>
/// <param name="Diagnostics">All findings, in the order of the file.</param>
public sealed record FormatResult(string? Text, ImmutableArray<Diagnostic> Diagnostics);
