using System.Collections.Immutable;

namespace IronProxy.Diagnostics;

/// <summary>What came of one file that was checked.</summary>
/// <param name="Path">The path as the user gave it; <c>-</c> for standard input.</param>
/// <param name="Diagnostics">Its findings, in the order of the file.</param>
/// <param name="Problem">Why it could not be checked at all. Null when it was.</param>
public sealed record FileReport(string Path, ImmutableArray<Diagnostic> Diagnostics, string? Problem = null);
