using System.Collections.Immutable;
using System.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>The answer of a step that mints tokens or signs.</summary>
/// <param name="Entries">Its entries, up to the one that refuses.</param>
/// <param name="Denial">Why the last of them refuses the request.</param>
/// <param name="StubbedBy">The entry that answers the request with a stub token.</param>
internal sealed record CredentialAnswer(ImmutableArray<CredentialExplanation> Entries, Reason? Denial = null, SourcePosition? StubbedBy = null);

/// <summary>Follows a step that mints tokens or signs: is the request in its scope, what would be set, and may it.</summary>
internal sealed class CredentialExplainer(RequestScope scope, ExplainedRequest request)
{
    private static readonly string[] SignatureOfWorkload = ["Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"];

    public CredentialAnswer Explain(StepPlan step) => step switch
    {
        OauthTokenStepPlan oauth => Oauth(oauth),
        GcpAuthStepPlan gcp => TokenStubs.IsGoogleTokenRequest(scope.Request)
            ? new CredentialAnswer([], StubbedBy: gcp.At)
            : Single(gcp, gcp.Rules, gcp.Keyfile is { } key ? [key] : [], gcp.Provider, e => Token(e, "Authorization", "Bearer {access token}")),
        GcpIdTokenStepPlan gcp => Single(gcp, gcp.Rules, [gcp.Keyfile], null, e => Token(e, gcp.Header, "Bearer {identity token}")),
        AwsAuthStepPlan aws => Single(aws, aws.Rules, aws.Credentials, aws.Provider?.Type, e => Aws(e, aws)),
        _ => throw new UnreachableException($"The step {step.Type} makes no credentials."),
    };

    private CredentialAnswer Oauth(OauthTokenStepPlan step)
    {
        if (TokenStubs.Find(step, scope.Request) is { } stubbing)
        {
            return new CredentialAnswer([], StubbedBy: stubbing.At);
        }

        var entries = ImmutableArray.CreateBuilder<CredentialExplanation>();
        foreach (var token in step.Tokens)
        {
            var entry = Begin(token.Grant, token.At, token.Rules, token.Credentials.AddRange(token.TokenEndpointHeaders), null) with
            {
                TokenEndpoint = token.TokenEndpoint,
                Required = token.Require ? true : null,
            };
            if (!entry.InScope)
            {
                entries.Add(entry);
                continue;
            }

            // The first entry whose rules match is used, and no other.
            var (answer, denial) = Act(entry, e => Minted(e, token));
            entries.Add(answer);
            return new CredentialAnswer(entries.ToImmutable(), denial);
        }

        return new CredentialAnswer(entries.ToImmutable());
    }

    private (CredentialExplanation Entry, Reason? Denial) Minted(CredentialExplanation entry, OauthTokenPlan token) =>
        token.Require && !request.Headers.Any(h => h.Key.Equals(token.Header, StringComparison.OrdinalIgnoreCase) && TokenStubs.IsStub(token, h.Value))
            ? (entry, Reason.TokenRequired)
            : Token(entry, token.Header, $"{token.ValuePrefix}{{access token}}");

    private CredentialAnswer Single(
        StepPlan step,
        int? rules,
        ImmutableArray<CredentialPlan> credentials,
        string? provider,
        Func<CredentialExplanation, (CredentialExplanation, Reason?)> act)
    {
        var entry = Begin(step.Type, step.At, rules, credentials, provider);
        var (answer, denial) = entry.InScope ? Act(entry, act) : (entry, null);
        return new CredentialAnswer([answer], denial);
    }

    private CredentialExplanation Begin(string kind, SourcePosition at, int? rules, ImmutableArray<CredentialPlan> credentials, string? provider)
    {
        var inScope = scope.Holds(rules, out var rule, out var nearest);
        return new CredentialExplanation
        {
            Kind = kind,
            At = at,
            InScope = inScope,
            Rule = rule?.At,
            Nearest = nearest,
            Uses = provider is not null ? [provider] : [.. credentials.Select(c => c.Source.DisplayName).Distinct(StringComparer.Ordinal)],
        };
    }

    private (CredentialExplanation Entry, Reason? Denial) Act(CredentialExplanation entry, Func<CredentialExplanation, (CredentialExplanation, Reason?)> act)
    {
        var (answer, denial) = PlanPolicy.MayTravel(allowPlaintext: false, scope.Request) ? act(entry) : (entry, Reason.SecretOverPlaintext);
        return (answer with { Reason = denial?.Code }, denial);
    }

    private (CredentialExplanation Entry, Reason? Denial) Token(CredentialExplanation entry, string header, string value) =>
        (Set(entry, [new HeaderExplanation(Place(header), value)], [header]), null);

    private (CredentialExplanation Entry, Reason? Denial) Aws(CredentialExplanation entry, AwsAuthStepPlan step)
    {
        var headers = step.SignatureHeaders;
        if (request.IsClaimed([.. headers.Select(Place)]))
        {
            return (entry, null);
        }

        if (RequestSigning.Decide(step, request.Headers.Find("Authorization"), request.Query, out var signed) is { } denial)
        {
            return (entry with { Region = signed.Region, Service = signed.Service }, denial);
        }

        entry = entry with { Region = signed.Region, Service = signed.Service };
        if (!step.UnsignedPayload && HoldToSign(step.AllowChunkedBody) is { } refusal)
        {
            return (entry, refusal);
        }

        string[] removed = [.. SignatureOfWorkload.Where(request.Headers.Remove)];
        return (Set(entry with { Removes = [.. removed] }, [.. headers.Select(h => new HeaderExplanation(Place(h), AwsValue(h, step)))], headers), null);
    }

    private static string AwsValue(string header, AwsAuthStepPlan step) => header switch
    {
        "Authorization" => "AWS4-HMAC-SHA256 {signature}",
        "X-Amz-Date" => "{time}",
        "X-Amz-Content-Sha256" => step.UnsignedPayload ? "UNSIGNED-PAYLOAD" : "{SHA-256 of the body}",
        _ => "{session token}",
    };

    private Reason? HoldToSign(bool allowChunked) => RequestSigning.DecideBody(request.IsChunked, allowChunked) ?? request.HoldBody();

    private CredentialExplanation Set(CredentialExplanation entry, ImmutableArray<HeaderExplanation> sets, IReadOnlyCollection<string> headers) =>
        request.TrySetAll(headers) ? entry with { Sets = sets } : entry;

    private static string Place(string header) => ExplainedRequest.PlaceOf(header);
}
