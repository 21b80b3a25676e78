using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Cli.AuditLogs;

/// <summary>
/// Asks a policy about recorded requests, step by step as <c>ironc explain</c> does, but only what a record can answer:
/// headers and bodies are not in it.
/// </summary>
internal sealed class PolicyJudge(PlanPolicy policy)
{
    public PolicyVerdict Decide(RecordedRequest recorded)
    {
        // A record has no passwords and no certificates: a client is who it was, if this policy has it.
        var client = recorded.Client is { } name ? policy.Clients?.Find(name)?.Name : null;
        if ((recorded.TryRead(client, out var request) ?? (recorded.IsAsked ? policy.RequireClient(ListenerRole.Tunnel, client) : null)) is { } refusal)
        {
            return new PolicyVerdict(PolicyAnswer.Denied, refusal, null, null);
        }

        if (!policy.HasAllowlist)
        {
            return new PolicyVerdict(PolicyAnswer.Denied, Reason.NoAllowlist, null, null);
        }

        request = policy.Visible(request);
        var host = policy.Matcher.FindHost(request.Host);
        if (policy.FindConflict(host, request, default) is { } conflict)
        {
            return new PolicyVerdict(PolicyAnswer.Denied, conflict.Denial, null, conflict.Rule?.At);
        }

        SourcePosition? allowedBy = null;
        PolicyVerdict? warning = null;
        var secretUnknown = false;
        foreach (var step in policy.Plan.Steps)
        {
            if (step is AllowlistStepPlan allowlist)
            {
                var decision = policy.Decide(allowlist, host, request);
                allowedBy ??= decision.Rule?.At;
                if (decision.Denial is not { } reason)
                {
                    continue;
                }

                if (!allowlist.Warn)
                {
                    return new PolicyVerdict(PolicyAnswer.Denied, reason, step.Type, step.At);
                }

                warning ??= new PolicyVerdict(PolicyAnswer.Warned, reason, step.Type, step.At);
            }
            else if (step is SecretsStepPlan secrets && !request.IsDestination && Exposed(secrets, host, request, ref secretUnknown) is { } secret)
            {
                return new PolicyVerdict(PolicyAnswer.Denied, Reason.SecretOverPlaintext, step.Type, secret.At);
            }
            else if (step is not SecretsStepPlan && !request.IsDestination && !step.Stubs(request) && Exposed(step, host, request) is { } credential)
            {
                return new PolicyVerdict(PolicyAnswer.Denied, Reason.SecretOverPlaintext, step.Type, credential.At);
            }
        }

        return (warning ?? new PolicyVerdict(PolicyAnswer.Allowed, null, null, allowedBy)) with { SecretUnknown = secretUnknown };
    }

    /// <summary>
    /// The entry of a step behind the allowlist that denied a request, which may depend on headers and bodies: the one that was recorded, when the
    /// policy has it, or else the step. Null when the policy has no such step, or several.
    /// </summary>
    public SourcePosition? DeniedBy(RecordedRequest recorded)
    {
        var steps = policy.Plan.Steps.Where(s => s.Type == recorded.Step).ToArray();
        return recorded.Rule is { } rule && steps.OfType<SecretsStepPlan>().SelectMany(s => s.Secrets).Any(s => s.At == rule || HasRule(s, rule)) ? rule
            : steps is [var only] ? only.At
            : null;
    }

    private bool HasRule(SecretPlan secret, SourcePosition at) => secret.Rules is { } set && policy.Plan.Matching.Rules[set].Items.Any(i => i.At == at);

    /// <summary>The first entry for a request, when its token or signature would travel without TLS.</summary>
    private CredentialUse? Exposed(StepPlan step, in HostMatch host, CanonicalRequest request)
    {
        foreach (var use in step.CredentialUses)
        {
            if (policy.InScope(use.Rules, host, request, out _))
            {
                return PlanPolicy.MayTravel(use.AllowPlaintext, request) ? null : use;
            }
        }

        return null;
    }

    /// <summary>The entry whose value would travel without TLS. Those that swap do so only when the placeholder was sent.</summary>
    private SecretPlan? Exposed(SecretsStepPlan step, in HostMatch host, CanonicalRequest request, ref bool unknown)
    {
        foreach (var secret in step.Secrets)
        {
            if (!policy.InScope(secret, host, request, out _))
            {
                continue;
            }

            var mayTravel = PlanPolicy.MayTravel(secret, request);
            if (secret.Inject is not null && !mayTravel)
            {
                return secret;
            }

            unknown |= secret.Replace is { } replace && (replace.Require || !mayTravel);
        }

        return null;
    }
}
