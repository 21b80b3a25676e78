using System.Collections.Immutable;
using System.Diagnostics;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Cli.Explaining;

/// <summary>One pass over the steps, and what it has seen so far.</summary>
internal sealed class RequestWalk(PlanPolicy policy, RequestScope scope, TravellingRequest travelling, ReadingConflict? conflict)
{
    private readonly ImmutableArray<Dependency>.Builder _asked = ImmutableArray.CreateBuilder<Dependency>();
    private Verdict? _end = !policy.HasAllowlist ? Verdict.Deny(Reason.NoAllowlist)
        : conflict is not null ? Verdict.Ambiguous(conflict)
        : null;
    private SourcePosition? _allowedBy;

    /// <summary>The verdict, once all steps were walked.</summary>
    public Verdict Conclude() => _end ?? Verdict.Allow(_allowedBy) with { DependsOn = _asked.Count > 0 ? _asked.ToImmutable() : null };

    public StepExplanation Step(StepPlan step) => _end is not null
        ? StepExplanation.Of(step, StepOutcome.NotReached)
        : step is not AllowlistStepPlan && scope.Request.IsDestination
            ? StepExplanation.Of(step, StepOutcome.Hidden)
            : step switch
            {
                AllowlistStepPlan allowlist => Allowlist(allowlist),
                SecretsStepPlan secrets => Secrets(secrets),
                HeaderAllowlistStepPlan allowlist => HeaderAllowlist(allowlist),
                AnnotateStepPlan annotate => Annotate(annotate),
                BodyCaptureStepPlan capture => BodyCapture(capture),
                OauthTokenStepPlan or GcpAuthStepPlan or GcpIdTokenStepPlan or AwsAuthStepPlan or HmacSignStepPlan => Credentials(step),
                JudgeStepPlan judge => Ask(judge, judge.Rules, Services.Of(judge), judge.Name),
                GrpcStepPlan grpc => Ask(grpc, grpc.Rules, Services.Of(grpc), grpc.Name),
                _ => throw new UnreachableException($"The step {step.Type} has no explanation."),
            };

    /// <summary>What the MCP policy says, behind all steps. Null when the plan has none.</summary>
    public McpExplanation? Mcp()
    {
        if (policy.Mcp is not { } mcp)
        {
            return null;
        }

        if (_end is not null)
        {
            return new McpExplanation { Outcome = StepOutcome.NotReached };
        }

        if (scope.Request.IsDestination)
        {
            return new McpExplanation { Outcome = StepOutcome.Hidden };
        }

        var explanation = new McpExplainer(mcp, policy.Plan.Mcp!, scope, travelling).Explain(); // The policy is made of it.
        if (explanation.Outcome == StepOutcome.Reject)
        {
            _end = Verdict.Deny(Reason.Find(explanation.Reason!)!, McpExplainer.Name, explanation.At); // A rejection has the code of a reason.
        }
        else if (explanation.Outcome == StepOutcome.Undecided)
        {
            _asked.Add(new Dependency(McpExplainer.Name, explanation.Server!, explanation.At!.Value)); // It is a server's to decide.
        }

        return explanation;
    }

    private StepExplanation Allowlist(AllowlistStepPlan step)
    {
        var decision = scope.Decide(step);
        var nearest = decision.Allowed ? null : scope.Nearest(step.Rules);
        _allowedBy ??= decision.Rule?.At;
        if (decision.Denial is { } reason && !step.Warn)
        {
            _end = Verdict.Deny(reason, step.Type, step.At) with { Nearest = nearest };
        }

        return AllowlistAnswer.Explain(step, decision, nearest);
    }

    private StepExplanation Secrets(SecretsStepPlan step)
    {
        var explainer = new SecretExplainer(scope, travelling);
        var entries = ImmutableArray.CreateBuilder<SecretExplanation>();
        foreach (var secret in step.Secrets)
        {
            entries.Add(explainer.Explain(secret, out var denial));
            if (denial is not null)
            {
                // What is missing is asked for by a rule; what is refused is refused to the entry.
                var at = denial == Reason.SecretRequired ? entries[^1].Rule ?? secret.At : secret.At;
                _end = Verdict.Deny(denial, step.Type, at);
                break;
            }
        }

        return StepExplanation.Of(step, _end is null ? StepOutcome.Continue : StepOutcome.Reject) with
        {
            Reason = _end?.Reason,
            Secrets = entries.ToImmutable(),
        };
    }

    private StepExplanation Credentials(StepPlan step)
    {
        var answer = new CredentialExplainer(scope, travelling).Explain(step);
        if (answer.StubbedBy is { } stubbedBy)
        {
            _end = Verdict.Answered(step, stubbedBy);
            return StepExplanation.Of(step, StepOutcome.Stub);
        }

        if (answer.Denial is { } denial)
        {
            _end = Verdict.Deny(denial, step.Type, answer.Entries[^1].At);
        }

        return StepExplanation.Of(step, answer.Denial is null ? StepOutcome.Continue : StepOutcome.Reject) with
        {
            Reason = answer.Denial?.Code,
            Credentials = answer.Entries,
        };
    }

    private StepExplanation Ask(StepPlan step, int? rules, ServiceExplanation service, string name)
    {
        var explanation = Scoped(step, rules, out var inScope);
        if (!inScope)
        {
            return explanation;
        }

        if (step.Needs == StepNeeds.WholeBody && travelling.HoldBody() is { } refusal)
        {
            _end = Verdict.Deny(refusal, step.Type, step.At);
            return explanation with { Outcome = StepOutcome.Reject, Reason = refusal.Code };
        }

        _asked.Add(new Dependency(step.Type, name, step.At));
        var seen = travelling.SecretPlaces.Where(p => p != "body" || service.Sends.Contains("body"));
        return explanation with { Outcome = StepOutcome.Undecided, Asks = service with { SeesSecrets = [.. seen] } };
    }

    private StepExplanation HeaderAllowlist(HeaderAllowlistStepPlan step) => Scoped(step, step.Rules, out var inScope) with
    {
        Strips = inScope ? [.. travelling.Strip(new HeaderMatcher(step.Headers))] : null,
    };

    private StepExplanation Annotate(AnnotateStepPlan step)
    {
        RuleMatch? first = null;
        var misses = new List<NearestMiss?>();
        var inScope = false;
        var names = new List<string>();
        foreach (var group in step.Annotations)
        {
            if (scope.Holds(group.Rules, out var rule, out var miss))
            {
                inScope = true;
                first ??= rule;
                names.AddRange(group.Headers);
            }

            misses.Add(miss);
        }

        string[] recorded = [.. names.Distinct(StringComparer.OrdinalIgnoreCase)];
        return StepExplanation.Of(step, StepOutcome.Continue) with
        {
            InScope = inScope,
            Rule = first?.At,
            Nearest = inScope ? null : NearestMiss.Best(misses),
            Records = inScope ? [.. recorded] : null,
            RecordsAbsent = inScope ? [.. recorded.Where(n => travelling.ReceivedHeader(n) is null)] : null,
        };
    }

    private StepExplanation BodyCapture(BodyCaptureStepPlan step)
    {
        var explanation = Scoped(step, step.Rules, out var inScope);
        if (!inScope)
        {
            return explanation;
        }

        explanation = explanation with { RecordsBodyBytes = step.MaxRequestBodyBytes };
        return travelling.KnowsBody && Captured(step.MaxRequestBodyBytes) is { } length
            ? explanation with { RecordedBodyBytes = Math.Min(length, step.MaxRequestBodyBytes), BodyTruncated = length > step.MaxRequestBodyBytes }
            : explanation;
    }

    /// <summary>How much of the body as it was sent there is to record, at most one byte more than the limit. Null when its coding cannot be read.</summary>
    private int? Captured(int limit)
    {
        var encoding = travelling.ReceivedHeader("Content-Encoding");
        if (ContentCoding.IsIdentity(encoding))
        {
            return travelling.ReceivedBody.Length;
        }

        // Only an absent header is null, and that is no coding.
        return ContentCoding.TryDecode(encoding!, travelling.ReceivedBody, limit, out var decoded, partial: true) ? decoded.Length : null;
    }

    private StepExplanation Scoped(StepPlan step, int? rules, out bool inScope)
    {
        inScope = scope.Holds(rules, out var rule, out var nearest);
        return StepExplanation.Of(step, StepOutcome.Continue) with { InScope = inScope, Rule = rule?.At, Nearest = nearest };
    }
}
