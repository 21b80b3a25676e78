using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>What one step would do.</summary>
public sealed record StepExplanation
{
    /// <summary>The name of the transform.</summary>
    public required string Step { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>One of <see cref="StepAnswer"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Reason code of a rejection or of a violation that is only recorded.</summary>
    public string? Reason { get; init; }

    /// <summary>The rule that matched.</summary>
    public SourcePosition? Rule { get; init; }

    /// <summary>For steps with rules of their own: whether they act on this request.</summary>
    public bool? InScope { get; init; }

    /// <summary>When no rule matches: the one that comes nearest.</summary>
    public NearestMiss? Nearest { get; init; }

    /// <summary>secrets: its entries.</summary>
    public ImmutableArray<SecretExplanation>? Secrets { get; init; }

    /// <summary>Steps that mint tokens or sign: their entries.</summary>
    public ImmutableArray<CredentialExplanation>? Credentials { get; init; }

    /// <summary>judge and grpc: who is asked.</summary>
    public ServiceExplanation? Asks { get; init; }

    /// <summary>header_allowlist: names of headers that are taken away.</summary>
    public ImmutableArray<string>? Strips { get; init; }

    /// <summary>annotate: names of headers whose values are recorded.</summary>
    public ImmutableArray<string>? Records { get; init; }

    /// <summary>annotate: those of them that the request does not have.</summary>
    public ImmutableArray<string>? RecordsAbsent { get; init; }

    /// <summary>body_capture: how much of the body is recorded at most.</summary>
    public int? RecordsBodyBytes { get; init; }

    /// <summary>body_capture: how much of the given body is recorded.</summary>
    public int? RecordedBodyBytes { get; init; }

    /// <summary>body_capture: the given body is longer than that.</summary>
    public bool? BodyTruncated { get; init; }

    /// <summary>json_rpc and graphql: the calls, or fields, that are asked for. Null when no body was given or it cannot be read.</summary>
    public ImmutableArray<CallExplanation>? Calls { get; init; }

    /// <summary>json_rpc and graphql: what a client is answered when a call is denied.</summary>
    public string? Answer { get; init; }

    /// <summary>Begins the explanation of a step.</summary>
    public static StepExplanation Of(StepPlan step, string outcome) => new() { Step = step.Type, At = step.At, Outcome = outcome };

    /// <summary>The rules that matched, of the step and of its entries.</summary>
    public IEnumerable<SourcePosition?> MatchedRules() =>
        [Rule, .. (Secrets ?? []).Select(s => s.Rule), .. (Credentials ?? []).Select(c => c.Rule)];

    /// <summary>The rules that nearly matched, of the step and of its entries.</summary>
    public IEnumerable<NearestMiss?> Misses() =>
        [Nearest, .. (Secrets ?? []).Select(s => s.Nearest), .. (Credentials ?? []).Select(c => c.Nearest)];
}

/// <summary>What a step may answer. The first two are those of the audit record.</summary>
public static class StepAnswer
{
    /// <summary>The request goes on.</summary>
    public const string Continue = "continue";
    /// <summary>The step rejects the request.</summary>
    public const string Reject = "reject";

    /// <summary>A violation that is recorded, and the request goes on.</summary>
    public const string Warn = "warn";

    /// <summary>The step answers with a stub token, and nothing is sent.</summary>
    public const string Stub = "stub";

    /// <summary>An earlier step rejected or answered the request.</summary>
    public const string NotReached = "not_reached";

    /// <summary>What the step does is not known before the request is made.</summary>
    public const string Undecided = "undecided";

    /// <summary>The step acts on the requests inside of the tunnel.</summary>
    public const string InsideTunnel = "inside_tunnel";

    /// <summary>TLS is not terminated, so the step has nothing to act on.</summary>
    public const string Hidden = "hidden";
}

/// <summary>What would become of one secret.</summary>
public sealed record SecretExplanation
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourcePosition At { get; init; }

    /// <summary><c>inject</c> or <c>replace</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Whether its rules match the request.</summary>
    public required bool InScope { get; init; }

    /// <summary>The rule that puts the request in scope. Null when the entry has no rules.</summary>
    public SourcePosition? Rule { get; init; }

    /// <summary>When no rule matches: the one that comes nearest.</summary>
    public NearestMiss? Nearest { get; init; }

    /// <summary>Where the value goes, in the notation of the audit record: <c>header:Name</c>, <c>path</c>, <c>query</c> or <c>body</c>.</summary>
    public ImmutableArray<string> Locations { get; init; } = [];

    /// <summary>What an injected header would hold, with names in the place of values.</summary>
    public string? Value { get; init; }

    /// <summary>The body is searched as well.</summary>
    public bool? ScansBody { get; init; }

    /// <summary>How often the placeholder is in the body. Null when no body was given or it is not searched.</summary>
    public int? BodyMatches { get; init; }

    /// <summary>The request is denied without the placeholder.</summary>
    public bool? Required { get; init; }

    /// <summary>The value is taken out of the response.</summary>
    public bool? ScrubsResponse { get; init; }

    /// <summary>A response that cannot be searched is refused.</summary>
    public bool? ScrubsStrictly { get; init; }

    /// <summary>Reason code of a rejection.</summary>
    public string? Reason { get; init; }
}

/// <summary>What would become of one credential that a token or a signature is made of.</summary>
public sealed record CredentialExplanation
{
    /// <summary>The grant of an OAuth token, else the name of the step.</summary>
    public required string Kind { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>Whether its rules match the request.</summary>
    public required bool InScope { get; init; }

    /// <summary>The rule that puts the request in scope. Null when there are no rules.</summary>
    public SourcePosition? Rule { get; init; }

    /// <summary>When no rule matches: the one that comes nearest.</summary>
    public NearestMiss? Nearest { get; init; }

    /// <summary>Names of what the token or signature is made of, never values.</summary>
    public ImmutableArray<string> Uses { get; init; } = [];

    /// <summary>URL that a token is asked for at.</summary>
    public string? TokenEndpoint { get; init; }

    /// <summary>What would be set. Empty when the entry does not act, or an earlier one has set the same place.</summary>
    public ImmutableArray<HeaderExplanation> Sets { get; init; } = [];

    /// <summary>Headers of the workload that are taken away before.</summary>
    public ImmutableArray<string> Removes { get; init; } = [];

    /// <summary>hmac_sign: what is signed, with names in the place of values.</summary>
    public string? Signs { get; init; }

    /// <summary>aws_auth: the region of the request's signature.</summary>
    public string? Region { get; init; }

    /// <summary>aws_auth: the service of the request's signature.</summary>
    public string? Service { get; init; }

    /// <summary>The request is denied without the stub token.</summary>
    public bool? Required { get; init; }

    /// <summary>The request goes on as it was sent while no token can be minted.</summary>
    public bool? GoesWithout { get; init; }

    /// <summary>What is made of it, or its value, is taken out of the response.</summary>
    public bool? ScrubsResponse { get; init; }

    /// <summary>A response that cannot be searched is refused.</summary>
    public bool? ScrubsStrictly { get; init; }

    /// <summary>Reason code of a rejection.</summary>
    public string? Reason { get; init; }
}

/// <summary>A header that is set.</summary>
/// <param name="Place">In the notation of the audit record, <c>header:Name</c>.</param>
/// <param name="Value">Its value, with names in the place of values.</param>
public sealed record HeaderExplanation(string Place, string Value);

/// <summary>Somebody who is asked about a request while it is made.</summary>
/// <param name="Name">The step's name.</param>
/// <param name="Target">Who is asked.</param>
/// <param name="Sends">What of the request is sent there.</param>
/// <param name="OnFailure"><c>deny</c> or <c>skip</c>: what happens without an answer.</param>
public sealed record ServiceExplanation(string Name, string Target, ImmutableArray<string> Sends, string OnFailure)
{
    /// <summary>Where real values are in what is sent there, in the notation of the audit record.</summary>
    public ImmutableArray<string> SeesSecrets { get; init; } = [];
}

/// <summary>What the MCP policy would say.</summary>
public sealed record McpExplanation
{
    /// <summary>One of <see cref="StepAnswer"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Whether the request goes to one of the servers.</summary>
    public bool? InScope { get; init; }

    /// <summary>The server.</summary>
    public string? Server { get; init; }

    /// <summary>Where the server is written.</summary>
    public SourcePosition? At { get; init; }

    /// <summary>The rule that names the server.</summary>
    public SourcePosition? Rule { get; init; }

    /// <summary>URL that the request is sent to in the place of the one that it asks for.</summary>
    public string? Upstream { get; init; }

    /// <summary>When no rule of any server matches: the one that comes nearest.</summary>
    public NearestMiss? Nearest { get; init; }

    /// <summary>Reason code of a rejection.</summary>
    public string? Reason { get; init; }

    /// <summary>What a client is answered when a call is denied.</summary>
    public JsonRpcErrorPlan? Error { get; init; }

    /// <summary>The messages of the body. Null when no body was given or it was not looked at.</summary>
    public ImmutableArray<McpMessageExplanation>? Messages { get; init; }
}

/// <summary>One message of an MCP body.</summary>
public sealed record McpMessageExplanation
{
    /// <summary>The method. Null for an answer.</summary>
    public string? Method { get; init; }

    /// <summary>For a call: the tool.</summary>
    public string? Tool { get; init; }

    /// <summary>For the use of a prompt: its name.</summary>
    public string? Prompt { get; init; }

    /// <summary>For the use of a resource: its URI.</summary>
    public string? Resource { get; init; }

    /// <summary>Whether the call is allowed.</summary>
    public required bool Allowed { get; init; }

    /// <summary>The arguments hold a secret that is not known here, and are compared with something.</summary>
    public bool? ComparesSecret { get; init; }

    /// <summary>The entries of that name that were asked.</summary>
    public ImmutableArray<EntryExplanation> Entries { get; init; } = [];
}

/// <summary>A call that a step judges.</summary>
public sealed record CallExplanation
{
    /// <summary>What is called.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the call is allowed.</summary>
    public required bool Allowed { get; init; }

    /// <summary>The arguments hold a secret that is not known here, and are compared with something.</summary>
    public bool? ComparesSecret { get; init; }

    /// <summary>The entries of that name that were asked.</summary>
    public ImmutableArray<EntryExplanation> Entries { get; init; } = [];
}

/// <summary>What one entry says.</summary>
/// <param name="At">The entry.</param>
/// <param name="Allows">Whether it allows the call.</param>
/// <param name="Failing">The matchers that do not hold.</param>
public sealed record EntryExplanation(SourcePosition At, bool Allows, ImmutableArray<MatcherExplanation> Failing)
{
    /// <summary>graphql: the first field beneath that the entry does not list.</summary>
    public string? Unlisted { get; init; }

    /// <summary>The explanation of an answer.</summary>
    public static EntryExplanation Of(EntryAnswer answer) => new(answer.At, answer.Allows, [.. answer.Failing.Select(MatcherExplanation.Of)]) { Unlisted = answer.Unlisted };
}

/// <summary>A matcher that does not hold.</summary>
/// <param name="At">The matcher.</param>
/// <param name="Path">The argument, with dots.</param>
/// <param name="Wanted">What it asks, as proxy.yaml has it.</param>
public sealed record MatcherExplanation(SourcePosition At, string Path, string Wanted)
{
    /// <summary>The explanation of a matcher.</summary>
    public static MatcherExplanation Of(ArgumentMatcherPlan matcher) => new(matcher.At, string.Join('.', matcher.Path), WantedBy(matcher));

    private static string WantedBy(ArgumentMatcherPlan matcher) => matcher.In is not { } values
        ? $"to match {matcher.Matches}"
        : values.Length == 1 ? $"to equal {values[0].GetRawText()}" : $"to be one of {string.Join(", ", values.Select(v => v.GetRawText()))}";
}
