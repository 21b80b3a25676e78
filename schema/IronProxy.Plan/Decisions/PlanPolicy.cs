using IronProxy.Plan.Matching;

namespace IronProxy.Plan;

/// <summary>The answer to one question of policy: a reason when it says no, and the rule that said yes.</summary>
/// <param name="Denial">Null when the request may go on.</param>
/// <param name="Rule">The rule that decided. Null when no rule matched.</param>
public readonly record struct PolicyDecision(Reason? Denial, RuleMatch? Rule)
{
    /// <summary>Whether the request may go on.</summary>
    public bool Allowed => Denial is null;
}

/// <summary>
/// A plan that is ready to answer. The runtime and <c>ironc explain</c> ask this same class, so what is explained is what
/// runs. It is immutable and can be shared between threads.
/// </summary>
public sealed class PlanPolicy
{
    private readonly AllowlistStepPlan[] _allowlists;
    private readonly int[] _passedThrough;
    private readonly bool _tunnelsOnly;

    /// <summary>Prepares a plan.</summary>
    /// <exception cref="PlanException">The plan's tables do not fit together, or an expression in it cannot be used.</exception>
    public PlanPolicy(ProxyPlan plan)
    {
        Plan = plan;
        Matcher = new PlanMatcher(plan.Matching);
        _allowlists = [.. plan.Steps.OfType<AllowlistStepPlan>()];
        _passedThrough = [.. _allowlists.Select(a => a.PassedThrough).OfType<int>()];
        _tunnelsOnly = plan.Tls.Mode == TlsMode.SniOnly;
        Names = plan.Dns is { } dns ? new NamePolicy(dns, plan.Steps, plan.Matching, Matcher) : null;
        Clients = plan.Clients is { } clients ? new ClientPolicy(clients) : null;
        Mcp = plan.Mcp is { } mcp ? new McpPolicy(mcp, Matcher) : null;
    }

    /// <summary>The plan.</summary>
    public ProxyPlan Plan { get; }

    /// <summary>The matcher of the plan's tables.</summary>
    public PlanMatcher Matcher { get; }

    /// <summary>What the DNS server does about names. Null without a section dns.</summary>
    public NamePolicy? Names { get; }

    /// <summary>Who asks. Null when nobody is asked who they are.</summary>
    public ClientPolicy? Clients { get; }

    /// <summary>Which tools may be called. Null without an mcp section.</summary>
    public McpPolicy? Mcp { get; }

    /// <summary>Whether the plan has an allowlist. Without one nothing is allowed.</summary>
    public bool HasAllowlist => _allowlists.Length > 0;

    /// <summary>Whether somebody who is not known can ask at all: where nobody has to be, or where what is intercepted cannot be asked who it is.</summary>
    public bool ServesStrangers => Strangers(Plan);

    /// <summary>The same of a plan.</summary>
    public static bool Strangers(ProxyPlan plan) => plan.Clients is null || plan.Listeners.Http is not null || plan.Listeners.Https is not null;

    /// <summary>Whether a client, or somebody who is not known (null), may ask on a listener.</summary>
    /// <returns>Null, or why not.</returns>
    public Reason? RequireClient(ListenerRole listener, string? client) => Clients is null ? null : ClientPolicy.Require(listener, client);

    /// <summary>
    /// Whether every allowlist has a rule for a request, or, when only its destination is known, one that some request there could match. A tunnel is opened by
    /// that; the requests inside are decided again, each for itself.
    /// </summary>
    public PolicyDecision DecideAllowlists(in HostMatch host, CanonicalRequest request, out AllowlistStepPlan? decider)
    {
        decider = null;
        if (!HasAllowlist)
        {
            return new PolicyDecision(Reason.NoAllowlist, null);
        }

        PolicyDecision? decision = null;
        foreach (var step in _allowlists)
        {
            var answer = Decide(step, host, request);
            if (!answer.Allowed && !step.Warn)
            {
                decider = step;
                return answer;
            }

            // An allowlist that only warns may have no rule for it; the first that has one is named, as for requests.
            decision = decision?.Rule is null ? answer with { Denial = null } : decision;
        }

        return decision ?? default;
    }

    /// <summary>Whether an allowlist has a rule for the request. Whether a no is only recorded (warn) is for the caller to see.</summary>
    public PolicyDecision Decide(AllowlistStepPlan step, in HostMatch host, CanonicalRequest request)
    {
        if (Matcher.Matches(step.Rules, host, request, out var rule) || !Checks.On(Check.Allowlist))
        {
            return new PolicyDecision(null, rule);
        }

        return new PolicyDecision(Matcher.NamesHost(step.Rules, host) ? Reason.RequestNotAllowed : Reason.HostNotAllowed, null);
    }

    /// <summary>
    /// Looks for a request that a server may take this one for, and about which policy answers differently. A path with several
    /// readings must find every rule of every step of one mind; what headers override, every step.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="request">The request, as far as it is seen.</param>
    /// <param name="overrides">What its headers override.</param>
    /// <returns>Null, and nothing was allocated, for requests with one reading.</returns>
    public ReadingConflict? FindConflict(in HostMatch host, CanonicalRequest request, in RequestOverrides overrides)
    {
        if (request.IsDestination)
        {
            return null;
        }

        foreach (var path in Checks.On(Check.PathReadings) ? request.Target.OtherReadings() : [])
        {
            var reading = request with { Target = request.Target.ReadAs(path) };
            var rule = Matcher.FirstDifference(host, request, reading);
            if (rule is not null || StubOf(request) != StubOf(reading))
            {
                return new ReadingConflict(Reason.AmbiguousPath, reading, rule);
            }
        }

        return overrides.IsEmpty || !Checks.On(Check.RequestOverrides) ? null : FindOverrideConflict(host, request, overrides);
    }

    /// <summary>Whether no rule of any step tells two requests to a host apart: what was decided about the one holds for the other.</summary>
    public bool AnswersAlike(in HostMatch host, CanonicalRequest one, CanonicalRequest other) =>
        Matcher.FirstDifference(host, one, other) is null && StubOf(one) == StubOf(other);

    private ReadingConflict? FindOverrideConflict(in HostMatch host, CanonicalRequest request, in RequestOverrides overrides)
    {
        var others = new List<CanonicalRequest>();
        if (!overrides.TryApply(request, others))
        {
            return new ReadingConflict(Reason.AmbiguousOverride, null, null);
        }

        foreach (var other in others)
        {
            foreach (var path in (IEnumerable<string>)[other.Target.MatchPath, .. other.Target.OtherReadings()])
            {
                var reading = other with { Target = other.Target.ReadAs(path) };
                var rule = Matcher.FirstOtherVerdict(host, request, reading);
                if (rule is not null || StubOf(request) != StubOf(reading))
                {
                    return new ReadingConflict(Reason.AmbiguousOverride, reading, rule);
                }
            }
        }

        return null;
    }

    /// <summary>The step that would answer the request with a stub token: a place that is no rule, and tells paths apart all the same.</summary>
    private StepPlan? StubOf(CanonicalRequest request)
    {
        foreach (var step in Plan.Steps)
        {
            if (step.Stubs(request))
            {
                return step;
            }
        }

        return null;
    }

    /// <summary>Whether TLS to a host and port is passed through unopened: all of it under <c>sni-only</c>, else what rules say so of.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="client">Who asks for it; null when that is not known.</param>
    public bool PassesThrough(CanonicalHost host, int port, string? client)
    {
        if (_tunnelsOnly || _passedThrough.Length == 0)
        {
            return _tunnelsOnly;
        }

        var match = Matcher.FindHost(host);
        var destination = CanonicalRequest.Destination(host, port, client);
        return Array.Exists(_passedThrough, set => Matcher.Matches(set, match, destination, out _));
    }

    /// <summary>
    /// What the steps see of a request: TLS that is passed through hides all but the destination, and steps that need more
    /// than that have nothing to act on.
    /// </summary>
    public CanonicalRequest Visible(CanonicalRequest request) => request.Scheme == "https" && PassesThrough(request.Host, request.Port, request.Client)
        ? CanonicalRequest.Destination(request.Host, request.Port, request.Client)
        : request;

    /// <summary>Whether a body fits into what steps that need all of it may hold.</summary>
    /// <param name="length">Its length in bytes, as it came or decoded.</param>
    /// <returns>Null, or why the request is refused.</returns>
    public Reason? DecideWholeBody(long length) =>
        length > Plan.BodyLimits.MaxRequestBytes && Checks.On(Check.BodyLimit) ? Reason.BodyTooLarge : null;

    /// <summary>Whether a secret may go where the request goes.</summary>
    public bool InScope(SecretPlan secret, in HostMatch host, CanonicalRequest request, out RuleMatch? rule) =>
        InScope(secret.Rules, host, request, out rule);

    /// <summary>Whether a credential with a rule set, or with none, may go where the request goes.</summary>
    public bool InScope(int? rules, in HostMatch host, CanonicalRequest request, out RuleMatch? rule) =>
        Matcher.Matches(rules, host, request, out rule) || !Checks.On(Check.SecretScope);

    /// <summary>Whether a secret may travel on the request's connection: over TLS, or when its entry says so.</summary>
    public static bool MayTravel(SecretPlan secret, CanonicalRequest request) => MayTravel(secret.AllowPlaintext, request);

    /// <summary>Whether a credential may travel on the request's connection. Tokens and signatures never do without TLS.</summary>
    public static bool MayTravel(bool allowPlaintext, CanonicalRequest request) =>
        request.Scheme == "https" || allowPlaintext || !Checks.On(Check.SecretPlaintext);
}
