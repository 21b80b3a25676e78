using System.Collections.Immutable;
using IronProxy.Cli.AuditLogs;

namespace IronProxy.Cli.Commands.Replay;

/// <summary>What a replay found.</summary>
internal sealed record ReplayReport
{
    /// <summary>The requests whose answer changes: the most frequent ones first.</summary>
    public required ImmutableArray<ReplayedRequest> Changes { get; init; }

    /// <summary>How many records were replayed.</summary>
    public required long Replayed { get; init; }

    /// <summary>How many records were not, by why.</summary>
    public required ImmutableArray<NotReplayed> NotReplayed { get; init; }

    /// <summary>How many lines could not be read.</summary>
    public required long BrokenLines { get; init; }

    /// <summary>How many records have a change.</summary>
    public long Count(ReplayChange change) => Changes.Where(c => c.Change == change).Sum(c => c.Count);

    /// <summary>Whether anything that got through no longer does.</summary>
    public bool Denies => Changes.Any(c => c.Change == ReplayChange.NowEnforced || (c.Change == ReplayChange.NewlyDenied && c.Now.Answer == PolicyAnswer.Denied));

    /// <summary>Whether anything that policy said no to gets through.</summary>
    public bool Allows => Changes.Any(c => c.Change is ReplayChange.NewlyAllowed or ReplayChange.NowWarned);
}

/// <summary>A request whose answer changes.</summary>
/// <param name="Change">How.</param>
/// <param name="Count">How often it was recorded.</param>
/// <param name="Request">The request, and what policy said.</param>
/// <param name="Now">What the new policy says.</param>
internal sealed record ReplayedRequest(ReplayChange Change, long Count, RecordedRequest Request, PolicyVerdict Now);

/// <summary>Lines that were not replayed.</summary>
/// <param name="Why">Why.</param>
/// <param name="Count">How many.</param>
internal sealed record NotReplayed(string Why, long Count);
