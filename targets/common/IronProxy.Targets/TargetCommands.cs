using System.Collections.Immutable;

namespace IronProxy.Targets;

/// <summary>Command lines that run in the folder of a deployment. The first word of each is the tool.</summary>
/// <param name="Preview">Shows what would change, and changes nothing.</param>
/// <param name="Apply">Makes it so.</param>
/// <param name="Destroy">Removes it.</param>
public sealed record TargetCommands(ImmutableArray<string> Preview, ImmutableArray<string> Apply, ImmutableArray<string> Destroy);
