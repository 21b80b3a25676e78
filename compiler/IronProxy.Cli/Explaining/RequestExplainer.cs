using System.Collections.Immutable;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Cli.Explaining;

/// <summary>
/// Walks a request through the steps of a plan. Every question goes to the objects that the runtime asks: here they are
/// only put in order and their answers written down.
/// </summary>
internal sealed class RequestExplainer(PlanPolicy policy)
{
    public Explanation Explain(AskedRequest asked, IReadOnlyList<AskedHeader> headers)
    {
        var plan = PlanIdentity.Of(policy.Plan);
        if (Read(asked, headers, out var request) is { } refusal)
        {
            return new Explanation { Plan = plan, Verdict = Verdict.Deny(refusal) };
        }

        var walk = new Walk(policy, request, headers);
        return new Explanation
        {
            Plan = plan,
            Request = new RequestSummary(asked.Method, request.Scheme, request.Host.Text, request.Port, request.Target.Path),
            Steps = [.. policy.Plan.Steps.Select(walk.Step)],
            Verdict = walk.Conclude(),
        };
    }

    private static Reason? Read(AskedRequest asked, IReadOnlyList<AskedHeader> headers, out CanonicalRequest request)
    {
        if (CanonicalRequest.TryCreateFromUrl(asked.Method, asked.Target, out request) is { } reason)
        {
            return reason;
        }

        foreach (var header in headers)
        {
            if (!HeaderName.IsValid(header.Name) || !HeaderName.IsValidValue(header.Value))
            {
                return Reason.InvalidHeader;
            }

            if (header.Name.Equals("Host", StringComparison.OrdinalIgnoreCase) && HostDisagrees(header.Value, request) is { } disagreement)
            {
                return disagreement;
            }
        }

        return null;
    }

    private static Reason? HostDisagrees(string value, CanonicalRequest request)
    {
        if (CanonicalAuthority.TryParse(value, out var authority) is { } reason)
        {
            return reason;
        }

        var port = authority.Port ?? CanonicalRequest.DefaultPort(request.Scheme!);
        return authority.Host == request.Host && port == request.Port ? null : Reason.AuthorityMismatch;
    }

    /// <summary>One pass over the steps, and what it has seen so far.</summary>
    private sealed class Walk(PlanPolicy policy, CanonicalRequest request, IReadOnlyList<AskedHeader> headers)
    {
        private readonly HostMatch _host = policy.Matcher.FindHost(request.Host);
        private readonly TravellingRequest _travelling = new(request, headers);
        private Verdict? _denied = policy.HasAllowlist ? null : Verdict.Deny(Reason.NoAllowlist);
        private SourcePosition? _allowedBy;

        public Verdict Conclude() => _denied ?? Verdict.Allow(_allowedBy);

        public StepExplanation Step(StepPlan step) => _denied is not null
            ? StepExplanation.Of(step, StepOutcome.NotReached)
            : step switch
            {
                AllowlistStepPlan allowlist => Allowlist(allowlist),
                SecretsStepPlan secrets => Secrets(secrets),
                HeaderAllowlistStepPlan allowlist => HeaderAllowlist(allowlist),
                AnnotateStepPlan annotate => Annotate(annotate),
                BodyCaptureStepPlan capture => BodyCapture(capture),

                // What it answers depends on what the request alone does not show: a model, a server, a token.
                _ => StepExplanation.Of(step, StepOutcome.Undecided),
            };

        private StepExplanation Allowlist(AllowlistStepPlan step)
        {
            var decision = policy.Decide(step, _host, request);
            _allowedBy ??= decision.Rule?.At;
            if (decision.Denial is { } reason && !step.Warn)
            {
                _denied = Verdict.Deny(reason, step.Type, step.At);
            }

            return AllowlistAnswer.Explain(step, decision);
        }

        private StepExplanation Secrets(SecretsStepPlan step)
        {
            var explainer = new SecretExplainer(policy);
            var entries = ImmutableArray.CreateBuilder<SecretExplanation>();
            foreach (var secret in step.Secrets)
            {
                entries.Add(explainer.Explain(secret, _host, request, _travelling, out var denial));
                if (denial is not null)
                {
                    // What is missing is asked for by a rule; what is refused is refused to the entry.
                    var at = denial == Reason.SecretRequired ? entries[^1].Rule ?? secret.At : secret.At;
                    _denied = Verdict.Deny(denial, step.Type, at);
                    break;
                }
            }

            return StepExplanation.Of(step, _denied is null ? StepOutcome.Continue : StepOutcome.Reject) with
            {
                Reason = _denied?.Reason,
                Secrets = entries.ToImmutable(),
            };
        }

        private StepExplanation HeaderAllowlist(HeaderAllowlistStepPlan step)
        {
            var inScope = policy.Matcher.Matches(step.Rules, _host, request, out var rule);
            return Scoped(step, inScope, rule) with
            {
                Strips = inScope ? [.. _travelling.Strip(new HeaderMatcher(step.Headers))] : null,
            };
        }

        private StepExplanation Annotate(AnnotateStepPlan step)
        {
            RuleMatch? first = null;
            var inScope = false;
            var names = new List<string>();
            foreach (var group in step.Annotations)
            {
                if (policy.Matcher.Matches(group.Rules, _host, request, out var rule))
                {
                    inScope = true;
                    first ??= rule;
                    names.AddRange(group.Headers);
                }
            }

            return Scoped(step, inScope, first) with
            {
                Records = inScope ? [.. names.Distinct(StringComparer.OrdinalIgnoreCase)] : null,
            };
        }

        private StepExplanation BodyCapture(BodyCaptureStepPlan step)
        {
            var inScope = policy.Matcher.Matches(step.Rules, _host, request, out var rule);
            return Scoped(step, inScope, rule) with { RecordsBodyBytes = inScope ? step.MaxRequestBodyBytes : null };
        }

        private static StepExplanation Scoped(StepPlan step, bool inScope, RuleMatch? rule) =>
            StepExplanation.Of(step, StepOutcome.Continue) with { InScope = inScope, Rule = rule?.At };
    }
}
