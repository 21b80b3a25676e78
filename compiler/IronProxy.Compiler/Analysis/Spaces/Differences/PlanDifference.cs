using System.Collections.Immutable;

namespace IronProxy.Compiler.Analysis.Spaces.Differences;

/// <summary>What a new plan lets happen that the old one does not, and the other way round.</summary>
public sealed record PlanDifference
{
    /// <summary>Requests that become reachable.</summary>
    public required ImmutableArray<SpaceDifference> Reachable { get; init; }

    /// <summary>Requests that are no longer reachable.</summary>
    public required ImmutableArray<SpaceDifference> Unreachable { get; init; }

    /// <summary>Secrets that come, go, or may travel elsewhere; ordered by name.</summary>
    public required ImmutableArray<SecretDifference> Secrets { get; init; }

    /// <summary>Other settings that matter to security.</summary>
    public required ImmutableArray<SettingDifference> Settings { get; init; }

    /// <summary>Hosts, in words, for which nothing could be said.</summary>
    public required ImmutableArray<string> Undecided { get; init; }

    /// <summary>Whether the plans do the same.</summary>
    public bool IsEmpty => Reachable.IsEmpty && Unreachable.IsEmpty && Secrets.IsEmpty && Settings.IsEmpty;

    /// <summary>Whether the new plan lets something happen that the old one does not.</summary>
    public bool Widens =>
        !Reachable.IsEmpty || Secrets.Any(s => !s.Sendable.IsEmpty) || Settings.Any(s => s.Direction == SettingDirection.Widens);
}
