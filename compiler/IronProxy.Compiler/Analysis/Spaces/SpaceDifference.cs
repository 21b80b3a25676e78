using System.Collections.Immutable;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>Hosts at which one space holds more than another, all in the same way.</summary>
/// <param name="Hosts">Host patterns and networks, each the narrowest of both spaces that the hosts match; ordered.</param>
/// <param name="Slices">What is more there. The witnesses are of one of the hosts.</param>
public sealed record SpaceDifference(ImmutableArray<string> Hosts, ImmutableArray<SpaceSlice> Slices);
