using System.Collections.Immutable;

namespace IronProxy.Plan.Matching;

/// <summary>What a plan knows of a host, in words.</summary>
/// <param name="Index">Index into <see cref="MatchTables.Classes"/>. What globs and networks bring is merged at run time.</param>
/// <param name="Patterns">Host patterns that the host matches, the narrowest first, globs behind them.</param>
/// <param name="Networks">Networks that the host, a literal address, is in.</param>
public sealed record HostClass(int Index, ImmutableArray<string> Patterns, ImmutableArray<string> Networks);
