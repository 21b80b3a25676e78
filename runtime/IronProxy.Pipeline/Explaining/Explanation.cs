using System.Collections.Immutable;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Explaining;

/// <summary>What would become of a request, step by step. Names and places only: no header, query or body value is in it.</summary>
public sealed record Explanation
{
    /// <summary>Which plan answered.</summary>
    public required PlanIdentity Plan { get; init; }

    /// <summary>Null when the request has no single meaning, so that nothing of it can be trusted.</summary>
    public RequestSummary? Request { get; init; }

    /// <summary>What the policy knows of the host. Null with the request.</summary>
    public HostClass? HostClass { get; init; }

    /// <summary><c>denied</c> when the proxy's DNS server says that the host does not exist (dns.deny_unlisted). Null when it resolves, is an address, or nobody would ask there.</summary>
    public string? Dns { get; init; }

    /// <summary>Every step of the plan in order; those behind a rejection as not reached.</summary>
    public ImmutableArray<StepExplanation> Steps { get; init; } = [];

    /// <summary>The MCP policy, which is asked behind the steps. Null when the plan has none.</summary>
    public McpExplanation? Mcp { get; init; }

    /// <summary>The answer that the client gets.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The places and lines of the rules that are named above, by their position. Null when only a plan is known.</summary>
    public SortedDictionary<string, SourceEntry>? Sources { get; init; }

    /// <summary>What the DNS server would say about a host.</summary>
    public static string? DnsOf(PlanPolicy policy, CanonicalHost host) =>
        policy.Plan.Dns?.Listen is not null && host.Address is null && policy.Names?.Decide(host) is NameVerdict.Denied or NameVerdict.DeniedAbove ? "denied" : null;

    /// <summary>The rules that matched.</summary>
    public IEnumerable<SourcePosition> MatchedRules() =>
        Steps.SelectMany(s => s.MatchedRules()).Append(Mcp?.Rule).OfType<SourcePosition>();

    /// <summary>The rules that nearly matched.</summary>
    public IEnumerable<SourcePosition> MissedRules() =>
        Steps.SelectMany(s => s.Misses()).Append(Mcp?.Nearest).OfType<NearestMiss>().Select(m => m.At);
}

/// <summary>Which plan answered.</summary>
public sealed record PlanIdentity(string Source, string PolicyHash)
{
    /// <summary>The identity of a plan.</summary>
    public static PlanIdentity Of(ProxyPlan plan) => new(plan.Source, plan.PolicyHash);
}

/// <summary>The canonical request, without its query.</summary>
public sealed record RequestSummary(string Method, string? Scheme, string Host, int Port, string? Path)
{
    /// <summary><c>request</c>, or <c>destination</c> when policy sees host and port alone.</summary>
    public string Visible { get; init; } = "request";

    /// <summary>Length of the body. Null when none was given.</summary>
    public int? BodyBytes { get; init; }

    /// <summary>Name of the client that asks. Null for somebody who is not known.</summary>
    public string? Client { get; init; }
}

/// <summary>The answer that the client gets.</summary>
public sealed record Verdict
{
    /// <summary>Whether the request is let through, or answered with a stub token.</summary>
    public required bool Allowed { get; init; }

    /// <summary>Reason code. Null when allowed.</summary>
    public string? Reason { get; init; }

    /// <summary>The status of the answer. Null when allowed.</summary>
    public int? Status { get; init; }

    /// <summary>The same as <see cref="Reason"/>, as a sentence. Null when allowed.</summary>
    public string? Message { get; init; }

    /// <summary>The step that said no, or that answers itself.</summary>
    public string? Step { get; init; }

    /// <summary>The rule that let the request through, or the entry that refused it or answers it.</summary>
    public SourcePosition? At { get; init; }

    /// <summary>The proxy answers with a stub token, and nothing is sent.</summary>
    public bool? Stub { get; init; }

    /// <summary>Who must agree at run time before the request goes on. Null when nobody is asked.</summary>
    public ImmutableArray<Dependency>? DependsOn { get; init; }

    /// <summary>For a denial by an allowlist: the rule that comes nearest.</summary>
    public NearestMiss? Nearest { get; init; }

    /// <summary>What else a server may take the request for, when policy would answer that differently.</summary>
    public OtherReading? Reading { get; init; }

    /// <summary>Lets the request through.</summary>
    public static Verdict Allow(SourcePosition? at) => new() { Allowed = true, At = at };

    /// <summary>Denies it.</summary>
    public static Verdict Deny(Reason reason, string? step = null, SourcePosition? at = null) => new()
    {
        Allowed = false,
        Reason = reason.Code,
        Status = reason.Status,
        Message = reason.Sentence,
        Step = step,
        At = at,
    };

    /// <summary>Denies it, because a server may read it otherwise.</summary>
    public static Verdict Ambiguous(ReadingConflict conflict) => Deny(conflict.Denial, at: conflict.Rule?.At) with
    {
        Reading = conflict.Reading is { } reading ? new OtherReading(reading.Method!, reading.Target.MatchPath) : null, // Destinations have one reading.
    };

    /// <summary>Answers it with a stub token.</summary>
    public static Verdict Answered(string step, SourcePosition at) => new() { Allowed = true, Stub = true, Step = step, At = at };
}

/// <summary>What a server may take a request for.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path.</param>
public sealed record OtherReading(string Method, string Path);

/// <summary>Something whose answer is not known before the request is made.</summary>
/// <param name="Step">The step, or <c>mcp</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="At">Where it is written.</param>
public sealed record Dependency(string Step, string Name, SourcePosition At);
