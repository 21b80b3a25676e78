using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Cli.Explaining;

/// <summary>allowlist: the step that runs, and what it decided.</summary>
internal sealed class ExplainedAllowlist(AllowlistStepPlan plan, AllowlistStep step, RequestScope scope) : ExplainedStep(plan, scope)
{
    protected override async ValueTask<(StepOutcome Outcome, StepExplanation Explanation)> ExplainAsync(ExplainedRequest request)
    {
        var outcome = await step.RunAsync(request).ConfigureAwait(false);
        var decision = Scope.Decide(plan);
        return (outcome, AllowlistAnswer.Explain(plan, decision, decision.Allowed ? null : Scope.Nearest(plan.Rules)));
    }
}

/// <summary>secrets: the step that runs, with values that are not the real ones.</summary>
internal sealed class ExplainedSecrets(SecretsStepPlan plan, SecretsStep step, RequestScope scope) : ExplainedStep(plan, scope)
{
    protected override async ValueTask<(StepOutcome Outcome, StepExplanation Explanation)> ExplainAsync(ExplainedRequest request)
    {
        request.SecretOutcomes.Clear();
        var outcome = await step.RunAsync(request).ConfigureAwait(false);
        var entries = new List<SecretExplanation>();
        foreach (var secret in plan.Secrets)
        {
            var done = request.SecretOutcomes.Find(o => ReferenceEquals(o.Secret, secret));
            entries.Add(Describe(secret, done));
            if (done?.Refusal is not null)
            {
                break;
            }

            request.Holds(done?.Locations ?? []);
        }

        return (outcome, StepExplanation.Of(plan, StepAnswer.Continue) with { Secrets = [.. entries] });
    }

    private SecretExplanation Describe(SecretPlan secret, SecretOutcome? outcome)
    {
        NearestMiss? nearest = null;
        _ = outcome is null && Scope.Holds(secret.Rules, out _, out nearest);
        var explanation = new SecretExplanation
        {
            Name = secret.Name,
            At = secret.At,
            Mode = secret.Inject is not null ? "inject" : "replace",
            InScope = outcome is not null,
            Rule = outcome?.Rule,
            Nearest = nearest,
        };
        return outcome is null ? explanation : explanation with
        {
            Locations = [.. outcome.Locations],
            Value = secret.Inject is null ? null : TemplateDescription.Of(secret),
            ScansBody = secret.Replace is { Body: true } ? true : null,
            BodyMatches = outcome.BodyMatches,
            Required = secret.Replace is { Require: true } ? true : null,
            Reason = outcome.Refusal?.Code,
        };
    }
}

/// <summary>header_allowlist: the step that runs, and what it took away.</summary>
internal sealed class ExplainedHeaderAllowlist(HeaderAllowlistStepPlan plan, HeaderAllowlistStep step, RequestScope scope) : ExplainedStep(plan, scope)
{
    protected override async ValueTask<(StepOutcome Outcome, StepExplanation Explanation)> ExplainAsync(ExplainedRequest request)
    {
        var outcome = await step.RunAsync(request).ConfigureAwait(false);
        var stripped = request.Step.Annotations.Where(a => a.Key == HeaderAllowlistStep.Stripped).SelectMany(a => (IEnumerable<string>)a.Value).ToArray();
        request.Stripped(stripped);
        var explanation = Scoped(plan.Rules, out var inScope);
        return (outcome, explanation with { Strips = inScope ? [.. stripped] : null });
    }
}

/// <summary>annotate: the step that runs, and what it recorded.</summary>
internal sealed class ExplainedAnnotate(AnnotateStepPlan plan, AnnotateStep step, RequestScope scope) : ExplainedStep(plan, scope)
{
    protected override async ValueTask<(StepOutcome Outcome, StepExplanation Explanation)> ExplainAsync(ExplainedRequest request)
    {
        var outcome = await step.RunAsync(request).ConfigureAwait(false);
        var recorded = request.Step.Annotations.Select(a => a.Key).ToHashSet(StringComparer.Ordinal);
        SourcePosition? first = null;
        var misses = new List<NearestMiss?>();
        var names = new List<string>();
        var inScope = false;
        foreach (var group in plan.Annotations)
        {
            if (Scope.Holds(group.Rules, out var rule, out var miss))
            {
                first ??= rule?.At;
                inScope = true;
                names.AddRange(group.Headers);
            }

            misses.Add(miss);
        }

        string[] wanted = [.. names.Distinct(StringComparer.OrdinalIgnoreCase)];
        return (outcome, StepExplanation.Of(plan, StepAnswer.Continue) with
        {
            InScope = inScope,
            Rule = first,
            Nearest = inScope ? null : NearestMiss.Best(misses),
            Records = inScope ? [.. wanted] : null,
            RecordsAbsent = inScope ? [.. wanted.Where(n => !recorded.Contains(ExplainedRequest.PlaceOf(n)))] : null,
        });
    }
}

/// <summary>body_capture: how much of the body is recorded.</summary>
internal sealed class ExplainedBodyCapture(BodyCaptureStepPlan plan, BodyCaptureStep step, RequestScope scope) : ExplainedStep(plan, scope)
{
    protected override async ValueTask<(StepOutcome Outcome, StepExplanation Explanation)> ExplainAsync(ExplainedRequest request)
    {
        var outcome = await step.RunAsync(request).ConfigureAwait(false);
        var explanation = Scoped(plan.Rules, out var inScope);
        if (!inScope)
        {
            return (outcome, explanation);
        }

        explanation = explanation with { RecordsBodyBytes = plan.MaxRequestBodyBytes };
        return (outcome, request.KnowsBody && Captured(request) is { } length
            ? explanation with { RecordedBodyBytes = Math.Min(length, plan.MaxRequestBodyBytes), BodyTruncated = length > plan.MaxRequestBodyBytes }
            : explanation);
    }

    /// <summary>How much of the body as it was sent there is to record, at most one byte more than the limit. Null when its coding cannot be read.</summary>
    private int? Captured(ExplainedRequest request)
    {
        var encoding = request.Received.Find("Content-Encoding");
        if (ContentCoding.IsIdentity(encoding))
        {
            return request.GivenBody.Length;
        }

        // Only an absent header is null, and that is no coding.
        return ContentCoding.TryDecodePrefix(encoding!, request.GivenBody, plan.MaxRequestBodyBytes, out var decoded) ? decoded.Length : null;
    }
}
