using System.Collections.Immutable;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler;

/// <summary>What came of compiling one file.</summary>
/// <param name="Plan">The sealed plan, or null when there is an error.</param>
/// <param name="Diagnostics">All findings, in the order of the file.</param>
public sealed record CompilationResult(ProxyPlan? Plan, ImmutableArray<Diagnostic> Diagnostics);
