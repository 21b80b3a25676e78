using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Proofs;

/// <summary>Proves claims about a plan, or finds a request that refutes them.</summary>
public sealed class PolicyProver
{
    private readonly ProxyPlan _plan;
    private readonly PlanSpaces _spaces;
    private readonly WitnessJudge _judge;

    /// <summary>Prepares a plan.</summary>
    /// <exception cref="PlanException">The plan's tables do not fit together.</exception>
    public PolicyProver(ProxyPlan plan)
    {
        _plan = plan;
        _spaces = new PlanSpaces(plan);
        _judge = new WitnessJudge(plan);
    }

    /// <summary>No request of the patterns gets through.</summary>
    public Proof NeverAllows(IReadOnlyCollection<RequestPattern> patterns) => Prove(
        _spaces.Reachable().And(RequestSpace.Of(patterns.Select(p => p.Rule))),
        RequestSpace.Nothing,
        witness => _judge.Reaches(witness) && patterns.Any(p => p.Matches(witness)));

    /// <summary>No request gets through that is in none of the patterns.</summary>
    public Proof OnlyAllows(IReadOnlyCollection<RequestPattern> patterns) => Prove(
        _spaces.Reachable(),
        RequestSpace.Of(patterns.Select(p => p.Rule)),
        witness => _judge.Reaches(witness) && !patterns.Any(p => p.Matches(witness)));

    /// <summary>No request gets through that another plan would not let through.</summary>
    public Proof Implies(ProxyPlan other)
    {
        var others = new WitnessJudge(other);
        var proof = Prove(_spaces.Reachable(), new PlanSpaces(other).Reachable(), witness => _judge.Reaches(witness) && !others.Reaches(witness));
        return proof with { NotConsidered = [.. proof.NotConsidered, .. NotConsidered(other).Select(s => $"{s} of the other policy")] };
    }

    /// <summary>None of some credentials, and nothing that is made of them, travels in a request of the patterns.</summary>
    public Proof NeverSends(IReadOnlyCollection<CredentialUse> credentials, IReadOnlyCollection<RequestPattern> patterns) => Prove(
        _spaces.Sendable(credentials).And(RequestSpace.Of(patterns.Select(p => p.Rule))),
        RequestSpace.Nothing,
        witness => _judge.Sends(credentials, witness) && patterns.Any(p => p.Matches(witness)));

    private Proof Prove(RequestSpace space, RequestSpace without, Func<RequestWitness, bool> confirm)
    {
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
        .. plan.Upstream.DenyCidrs.IsEmpty ? [] : (string[])["upstream_deny_cidrs"],
    ];
}
