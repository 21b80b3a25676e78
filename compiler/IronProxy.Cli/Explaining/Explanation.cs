using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Cli.Explaining;

/// <summary>What would become of a request, step by step. Names and places only: no header or query value is in it.</summary>
internal sealed record Explanation
{
    public required PlanIdentity Plan { get; init; }

    /// <summary>Null when the request has no single meaning, so that nothing of it can be trusted.</summary>
    public RequestSummary? Request { get; init; }

    /// <summary>Every step of the plan in order; those behind a rejection as not reached.</summary>
    public ImmutableArray<StepExplanation> Steps { get; init; } = [];

    public required Verdict Verdict { get; init; }
}

/// <summary>Which plan answered.</summary>
internal sealed record PlanIdentity(string Source, string PolicyHash)
{
    public static PlanIdentity Of(ProxyPlan plan) => new(plan.Source, plan.PolicyHash);
}

/// <summary>The canonical request, without its query.</summary>
internal sealed record RequestSummary(string Method, string? Scheme, string Host, int Port, string? Path);

/// <summary>The answer that the client gets.</summary>
internal sealed record Verdict
{
    public required bool Allowed { get; init; }

    /// <summary>Reason code. Null when allowed.</summary>
    public string? Reason { get; init; }

    public int? Status { get; init; }

    public string? Message { get; init; }

    /// <summary>The step that said no.</summary>
    public string? Step { get; init; }

    /// <summary>The rule that let the request through, or the entry that refused it.</summary>
    public SourcePosition? At { get; init; }

    public static Verdict Allow(SourcePosition? at) => new() { Allowed = true, At = at };

    public static Verdict Deny(Reason reason, string? step = null, SourcePosition? at = null) => new()
    {
        Allowed = false,
        Reason = reason.Code,
        Status = reason.Status,
        Message = reason.Sentence,
        Step = step,
        At = at,
    };
}
