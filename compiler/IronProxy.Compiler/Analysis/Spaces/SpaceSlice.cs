using System.Collections.Immutable;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>Requests to one host that are in one space and not in the other.</summary>
/// <param name="Methods">Their methods.</param>
/// <param name="Paths">The path patterns that bring them. Empty when no pattern does: any path may be among them.</param>
/// <param name="Schemes">Their schemes.</param>
/// <param name="Ports">Their ports.</param>
/// <param name="Clients">Whose they are. Those who are not known are in every choice but that of names.</param>
/// <param name="Witness">One of them.</param>
public sealed record SpaceSlice(
    Choice<string> Methods,
    ImmutableArray<string> Paths,
    ImmutableArray<string> Schemes,
    Choice<int> Ports,
    Choice<string> Clients,
    RequestWitness Witness);
