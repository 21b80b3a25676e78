using System.Collections.Immutable;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Explaining;

/// <summary>Writes down what a running step says of itself.</summary>
internal sealed class StepNotes(StepPlan plan, RequestScope scope, ExplainedRequest request) : IStepObserver
{
    private readonly List<SecretExplanation> _secrets = [];
    private readonly List<SecretPlan> _scrubbed = [];
    private readonly List<CredentialExplanation> _credentials = [];
    private readonly List<string> _records = [];
    private readonly List<NearestMiss?> _misses = [];
    private StepExplanation _explanation = StepExplanation.Of(plan, StepAnswer.Continue);

    /// <summary>The name of a step whose answer depends on what is not known before the request is made. Null when it is known.</summary>
    public string? WaitsFor { get; private set; }

    public void Decided(PolicyDecision decision)
    {
        var step = (AllowlistStepPlan)plan; // No other decides.
        _explanation = AllowlistAnswer.Explain(step, decision, decision.Allowed ? null : scope.Nearest(step.Rules));
    }

    public void Asked(int? rules, bool holds, RuleMatch? rule)
    {
        _explanation = _explanation with { InScope = holds || _explanation.InScope == true, Rule = _explanation.Rule ?? rule?.At };
        _misses.Add(holds || rules is not { } set ? null : scope.Nearest(set));
    }

    public void Did(SecretOutcome outcome)
    {
        var secret = outcome.Secret;
        _secrets.Add(Describe(secret) with
        {
            InScope = true,
            Rule = outcome.Rule,
            Locations = [.. outcome.Locations],
            Value = secret.Inject is null ? null : TemplateDescription.Of(secret),
            ScansBody = secret.Replace is { Body: true } ? true : null,
            BodyMatches = outcome.BodyMatches,
            Required = secret.Replace is { Require: true } ? true : null,
            ScrubsResponse = _scrubbed.Contains(secret) ? true : null,
            ScrubsStrictly = _scrubbed.Contains(secret) ? secret.ScrubStrict : null,
            Reason = outcome.Refusal?.Code,
        });
        if (outcome.Refusal is null)
        {
            request.Holds(outcome.Locations);
        }
    }

    public void Scrubs(SecretPlan secret) => _scrubbed.Add(secret);

    public void PassedOver(SecretPlan secret) =>
        _secrets.Add(Describe(secret) with { Nearest = secret.Rules is { } rules ? scope.Nearest(rules) : null });

    public void Did(CredentialOutcome outcome)
    {
        _credentials.Add(Describe(outcome) with
        {
            InScope = true,
            Rule = outcome.Rule,
            Sets = [.. outcome.Sets.Select(s => new HeaderExplanation(s.Key, s.Value))],
            Removes = outcome.Removes,
            Region = outcome.Region,
            Service = outcome.Service,
            Signs = outcome.Signs,
            ScrubsResponse = outcome.ScrubsResponse ? true : null,
            ScrubsStrictly = outcome.ScrubsStrictly ? true : null,
            Reason = outcome.Refusal?.Code,
        });
        request.Holds(outcome.Sets.Select(s => s.Key));
    }

    public void PassedOver(CredentialOutcome outcome) =>
        _credentials.Add(Describe(outcome) with { Nearest = outcome.Rules is { } rules ? scope.Nearest(rules) : null });

    public void Stripped(IReadOnlyCollection<string> names)
    {
        _explanation = _explanation with { Strips = [.. names] };
        request.Stripped(names);
    }

    public void Records(IReadOnlyCollection<string> names) => _records.AddRange(names);

    public void RecordsBody(int limit)
    {
        _explanation = _explanation with { RecordsBodyBytes = limit };
        if (request.KnowsBody && Captured(limit) is { } length)
        {
            _explanation = _explanation with { RecordedBodyBytes = Math.Min(length, limit), BodyTruncated = length > limit };
        }
    }

    public void Asks(AskedService service)
    {
        _explanation = _explanation with
        {
            Outcome = StepAnswer.Undecided,
            Asks = new ServiceExplanation(service.Name, service.Target, [.. service.Sends], service.OnFailure) { SeesSecrets = [.. request.SecretPlaces.Where(p => service.Sees(p))] },
        };
    }

    public void Judged(JudgedBody judged)
    {
        // What is compared with a secret's value is not known before it is there.
        var holdsSecret = request.SecretPlaces.Any(p => p is "body" or "query");
        ImmutableArray<CallExplanation> calls =
        [
            .. judged.Calls.Select(c => new CallExplanation
            {
                Name = c.Name,
                Allowed = c.IsAllowed,
                ComparesSecret = holdsSecret && c.Entries.Any(e => e.Asks) ? true : null,
                Entries = [.. c.Entries.Select(EntryExplanation.Of)],
            }),
        ];
        WaitsFor = !judged.IsKnown || (calls.Any(c => c.ComparesSecret == true) && calls.All(c => c.Allowed || c.ComparesSecret == true)) ? judged.Name : null;
        _explanation = _explanation with
        {
            Outcome = WaitsFor is null ? _explanation.Outcome : StepAnswer.Undecided,
            Calls = judged.IsKnown ? calls : null,
            Answer = WaitsFor is null ? judged.Answer : null,
        };
    }

    /// <summary>All of it, once the step has run.</summary>
    public StepExplanation ToExplanation()
    {
        string[] records = [.. _records.Distinct(StringComparer.OrdinalIgnoreCase)];
        return _explanation with
        {
            Secrets = plan is SecretsStepPlan ? [.. _secrets] : null,
            Credentials = _credentials.Count > 0 ? [.. _credentials] : null,
            Nearest = _explanation.InScope == false ? NearestMiss.Best(_misses) : _explanation.Nearest,
            Records = records.Length > 0 ? [.. records] : null,
            RecordsAbsent = records.Length > 0 ? [.. records.Where(n => request.Received.Find(n) is null)] : null,
        };
    }

    private static SecretExplanation Describe(SecretPlan secret) => new()
    {
        Name = secret.Name,
        At = secret.At,
        Mode = secret.Inject is not null ? "inject" : "replace",
        InScope = false,
    };

    private static CredentialExplanation Describe(CredentialOutcome outcome) => new()
    {
        Kind = outcome.Kind,
        At = outcome.At ?? outcome.Step.At,
        InScope = false,
        Uses = outcome.Uses,
        TokenEndpoint = outcome.TokenEndpoint,
        Required = outcome.RequiresStub ? true : null,
        GoesWithout = outcome.GoesWithout ? true : null,
    };

    /// <summary>How much of the body as it was sent there is to record, at most one byte more than the limit. Null when its coding cannot be read.</summary>
    private int? Captured(int limit)
    {
        var encoding = request.Received.Find("Content-Encoding");
        if (ContentCoding.IsIdentity(encoding))
        {
            return request.GivenBody.Length;
        }

        // Only an absent header is null, and that is no coding.
        return ContentCoding.TryDecodePrefix(encoding!, request.GivenBody, limit, out var decoded) ? decoded.Length : null;
    }
}
