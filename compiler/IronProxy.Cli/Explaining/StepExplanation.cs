using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Cli.Explaining;

/// <summary>What one step would do.</summary>
internal sealed record StepExplanation
{
    public required string Step { get; init; }

    public required SourcePosition At { get; init; }

    /// <summary>One of <see cref="StepOutcome"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Reason code of a rejection or of a violation that is only recorded.</summary>
    public string? Reason { get; init; }

    /// <summary>The rule that matched.</summary>
    public SourcePosition? Rule { get; init; }

    /// <summary>For steps with rules of their own: whether they act on this request.</summary>
    public bool? InScope { get; init; }

    /// <summary>secrets: its entries.</summary>
    public ImmutableArray<SecretExplanation>? Secrets { get; init; }

    /// <summary>header_allowlist: names of headers that are taken away.</summary>
    public ImmutableArray<string>? Strips { get; init; }

    /// <summary>annotate: names of headers whose values are recorded.</summary>
    public ImmutableArray<string>? Records { get; init; }

    /// <summary>body_capture: how much of the body is recorded.</summary>
    public int? RecordsBodyBytes { get; init; }

    public static StepExplanation Of(StepPlan step, string outcome) => new() { Step = step.Type, At = step.At, Outcome = outcome };
}

/// <summary>What a step may answer. The first two are those of the audit record.</summary>
internal static class StepOutcome
{
    public const string Continue = "continue";
    public const string Reject = "reject";

    /// <summary>A violation that is recorded, and the request goes on.</summary>
    public const string Warn = "warn";

    /// <summary>An earlier step rejected the request.</summary>
    public const string NotReached = "not_reached";

    /// <summary>What the step does is not known before the request is made.</summary>
    public const string Undecided = "undecided";

    /// <summary>The step acts on the requests inside of the tunnel.</summary>
    public const string InsideTunnel = "inside_tunnel";
}

/// <summary>What would become of one secret.</summary>
internal sealed record SecretExplanation
{
    public required string Name { get; init; }

    public required SourcePosition At { get; init; }

    /// <summary><c>inject</c> or <c>replace</c>.</summary>
    public required string Mode { get; init; }

    public required bool InScope { get; init; }

    /// <summary>The rule that puts the request in scope. Null when the entry has no rules.</summary>
    public SourcePosition? Rule { get; init; }

    /// <summary>Where the value goes, in the notation of the audit record: <c>header:Name</c>, <c>path</c> or <c>query</c>.</summary>
    public ImmutableArray<string> Locations { get; init; } = [];

    /// <summary>The body is searched as well, and was not given.</summary>
    public bool? ScansBody { get; init; }

    /// <summary>The request is denied without the placeholder.</summary>
    public bool? Required { get; init; }

    /// <summary>Reason code of a rejection.</summary>
    public string? Reason { get; init; }
}
