using System.Collections.Frozen;
using System.Collections.Immutable;
using IronProxy.Compiler.Analysis.Spaces.Differences;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Proofs;

/// <summary>Proves claims about a plan, or finds a request that refutes them.</summary>
public sealed class PolicyProver
{
    /// <summary>The settings that requests are denied by, beside the allowlists.</summary>
    private static readonly FrozenSet<string> Denying = FrozenSet.Create(
        StringComparer.Ordinal, "mcp", "grpc", "judge", "json_rpc", "graphql", "require", "require_stub", "allow_plaintext", "allowed_regions", "allowed_services", "upstream_deny_cidrs");

    private readonly ProxyPlan _plan;
    private readonly PlanSpaces _spaces;
    private readonly WitnessJudge _judge;
    private readonly RequestSpace _asked;

    /// <summary>Prepares a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="client">Name of the one client that claims are about; null for anybody, known or not.</param>
    /// <exception cref="PlanException">The plan's tables do not fit together.</exception>
    public PolicyProver(ProxyPlan plan, string? client = null)
    {
        _plan = plan;
        _asked = client is null ? RequestSpace.Everything : RequestSpace.OfClients([client]);
        _spaces = new PlanSpaces(plan);
        _judge = new WitnessJudge(plan);
    }

    /// <summary>No request of the patterns gets through.</summary>
    public Proof NeverAllows(IReadOnlyCollection<RequestPattern> patterns) => Beside(_spaces.Reachable(), to => patterns.Any(p => p.MayMean(to)), Prove(
        _spaces.Reachable().And(RequestSpace.Of(patterns.Select(p => p.Rule))),
        RequestSpace.Nothing,
        witness => _judge.Reaches(witness) && patterns.Any(p => p.Matches(witness))));

    /// <summary>No request gets through that is in none of the patterns.</summary>
    public Proof OnlyAllows(IReadOnlyCollection<RequestPattern> patterns) => Beside(_spaces.Reachable(), to => !patterns.Any(p => p.MeansAll(to)), Prove(
        _spaces.Reachable(),
        RequestSpace.Of(patterns.Select(p => p.Rule)),
        witness => _judge.Reaches(witness) && !patterns.Any(p => p.Matches(witness))));

    /// <summary>No request gets through that another plan would not let through.</summary>
    public Proof Implies(ProxyPlan other)
    {
        var others = new WitnessJudge(other);
        var proof = Prove(_spaces.Reachable(), new PlanSpaces(other).Reachable(), witness => _judge.Reaches(witness) && !others.Reaches(witness));
        return proof with { Undecided = [.. proof.Undecided, .. DeniedByOther(other).Select(d => $"what the other policy denies beside its allowlist: {d}")] };
    }

    /// <summary>
    /// What another policy may deny, behind its allowlists, of what this one lets through. Where this one asks the same or more there is nothing.
    /// </summary>
    private IEnumerable<string> DeniedByOther(ProxyPlan other) =>
    [
        .. PlanComparer.Compare(other, _plan).Settings.Where(s => Denying.Contains(s.Setting) && s.Direction != SettingDirection.Narrows).Select(s => $"{s.Setting}, here {s.Change}"),
        .. other.CredentialUses.Where(u => (u.RequireStub || u.Replace is { Require: true }) && !_plan.CredentialUses.Any(own => own.Mode == u.Mode && own.Names.SequenceEqual(u.Names, StringComparer.Ordinal)))
            .Select(u => $"requests without the placeholder of {u.Title}"),
    ];

    /// <summary>None of some credentials, and nothing that is made of them, travels in a request of the patterns.</summary>
    public Proof NeverSends(IReadOnlyCollection<CredentialUse> credentials, IReadOnlyCollection<RequestPattern> patterns) => Beside(_spaces.Sendable(credentials), to => patterns.Any(p => p.MayMean(to)), Prove(
        _spaces.Sendable(credentials).And(RequestSpace.Of(patterns.Select(p => p.Rule))),
        RequestSpace.Nothing,
        witness => _judge.Sends(credentials, witness) && patterns.Any(p => p.Matches(witness))));

    /// <summary>Claims are about what is asked for. What an MCP server's requests are sent to in its place is not decided where it bears on the claim.</summary>
    /// <param name="space">The requests that the claim is about.</param>
    /// <param name="bears">Whether a place that requests are sent to bears on it.</param>
    /// <param name="proof">The proof without these.</param>
    private Proof Beside(RequestSpace space, Func<CanonicalRequest, bool> bears, Proof proof) => proof with
    {
        Undecided =
        [
            .. proof.Undecided,
            .. (_plan.Mcp?.Servers ?? [])
                .Where(s => s.Upstream is { } url && CanonicalRequest.TryCreateFromUrl("POST", url, out var to) is null && bears(to) && Exists(space.And(_spaces.Near(s)).And(_asked)))
                .Select(s => $"requests to the MCP server {s.Name}, which are sent to {s.Upstream}"),
        ],
    };

    private static bool Exists(RequestSpace space)
    {
        var comparer = new SpaceComparer([space, RequestSpace.Nothing]);
        return !comparer.Difference(space, RequestSpace.Nothing).IsEmpty || comparer.Undecided.Count > 0;
    }

    private Proof Prove(RequestSpace space, RequestSpace without, Func<RequestWitness, bool> confirm)
    {
        space = space.And(_asked);
        var comparer = new SpaceComparer([space, without]);
        var difference = comparer.Difference(space, without);
        var counterexample = difference.IsEmpty ? null : difference[0].Slices[0].Witness;
        if (counterexample is not null)
        {
            WitnessJudge.Confirm(confirm(counterexample), counterexample);
        }

        return new Proof(counterexample, [.. comparer.Undecided], NotConsidered(_plan));
    }

    private static ImmutableArray<string> NotConsidered(ProxyPlan plan) =>
    [
        .. plan.Steps.Where(s => s is { Effect: StepEffect.Refuse } and not AllowlistStepPlan).Select(s => s.Type).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        .. plan.Mcp is null ? [] : (string[])["mcp"],
        .. plan.Upstream.DenyCidrs.IsEmpty ? [] : (string[])["upstream_deny_cidrs"],
    ];
}
