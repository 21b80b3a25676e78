using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>Asks the policy whether a tunnel may be opened. The requests inside are questions of their own.</summary>
internal sealed class TunnelExplainer(PlanPolicy policy)
{
    public Explanation Explain(AskedRequest asked)
    {
        var plan = PlanIdentity.Of(policy.Plan);
        if (Read(asked, out var destination) is { } refusal)
        {
            return new Explanation { Plan = plan, Verdict = Verdict.Deny(refusal) };
        }

        var summary = new RequestSummary("CONNECT", null, destination.Host.Text, destination.Port, null) { Visible = "destination", Client = asked.Client };
        if (policy.RequireClient(ListenerRole.Tunnel, asked.Client) is { } stranger)
        {
            return new Explanation { Plan = plan, Request = summary, Verdict = Verdict.Deny(stranger) };
        }

        var host = policy.Matcher.FindHost(destination.Host);
        var nearest = policy.Matcher.Nearest(host, destination);
        var decision = policy.DecideAllowlists(host, destination, out var decider);
        var steps = new List<StepExplanation>();
        var stopped = false;
        foreach (var step in policy.Plan.Steps)
        {
            if (step is not AllowlistStepPlan allowlist)
            {
                steps.Add(StepExplanation.Of(step, StepAnswer.InsideTunnel));
                continue;
            }

            if (stopped)
            {
                steps.Add(StepExplanation.Of(step, StepAnswer.NotReached));
                continue;
            }

            var answer = policy.Decide(allowlist, host, destination);
            stopped = ReferenceEquals(step, decider);
            steps.Add(AllowlistAnswer.Explain(allowlist, answer, answer.Allowed ? null : NearestMiss.Of(policy.Plan, nearest.In(allowlist.Rules))));
        }

        return new Explanation
        {
            Plan = plan,
            Request = summary,
            HostClass = policy.Matcher.ClassOf(host),
            Dns = Explanation.DnsOf(policy, destination.Host),
            Steps = [.. steps],
            Mcp = policy.Mcp is null ? null : new McpExplanation { Outcome = decision.Allowed ? StepAnswer.InsideTunnel : StepAnswer.NotReached },
            Verdict = decision.Denial is { } reason
                ? Verdict.Deny(reason, decider?.Type, decider?.At) with { Nearest = steps.LastOrDefault(s => s.Outcome == StepAnswer.Reject)?.Nearest }
                : Verdict.Allow(decision.Rule?.At),
        };
    }

    private static Reason? Read(AskedRequest asked, out CanonicalRequest destination)
    {
        destination = null!; // Set below, or not read: a reason is returned.
        if (CanonicalAuthority.TryParse(asked.Target, out var authority) is { } reason)
        {
            return reason;
        }

        if (authority.Port is not { } port)
        {
            return Reason.InvalidPort;
        }

        destination = CanonicalRequest.Destination(authority.Host, port, asked.Client);
        return null;
    }
}
