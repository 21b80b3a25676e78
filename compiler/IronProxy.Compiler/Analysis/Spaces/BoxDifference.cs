using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>What some boxes hold more than others, at no host in particular.</summary>
internal sealed record BoxDifference(ImmutableArray<BoxSlice> Slices)
{
    public ImmutableArray<SpaceSlice> At(CanonicalHost host) =>
    [
        .. Slices.Select(s => new SpaceSlice(
            s.Methods, s.Paths, s.Schemes, s.Ports, s.Clients, new RequestWitness(s.Witness.Method, s.Witness.Scheme, host, s.Witness.Port, s.Witness.Path) { Client = s.Witness.Client })),
    ];
}

/// <summary>A part of a difference, as <see cref="SpaceSlice"/> has it.</summary>
internal sealed record BoxSlice(Choice<string> Methods, ImmutableArray<string> Paths, ImmutableArray<string> Schemes, Choice<int> Ports, Choice<string> Clients, BoxWitness Witness);

/// <summary>A request to no host in particular.</summary>
internal sealed record BoxWitness(string Method, string Scheme, int Port, string Path, string? Client);
