using System.Collections.Immutable;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>oauth_token</c>: answers requests to the token endpoints with a stub, and sets the real token on requests to where it may go. The first entry whose
/// rules match a request is used, and no other.
/// </summary>
public sealed class OauthTokenStep : ScrubbingStep
{
    private readonly OauthTokenStepPlan _plan;
    private readonly ImmutableArray<OauthToken> _tokens;

    /// <summary>Prepares the step.</summary>
    public OauthTokenStep(OauthTokenStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _tokens = [.. plan.Tokens.Select(t => new OauthToken(t, plan, services))];
        Scrubbed = new ScrubbedEntries(plan, [.. _tokens.Select(t => t.Scrubbed).OfType<ScrubbedEntry>()]);
    }

    /// <inheritdoc />
    public override string Name => _plan.Type;

    /// <inheritdoc />
    private protected override ScrubbedEntries Scrubbed { get; }

    /// <inheritdoc />
    public override async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        foreach (var token in _tokens)
        {
            if (token.Endpoint.IsAskedBy(context.Request))
            {
                context.Step.Annotate("stubbed", StubToken.Annotation);
                return StepOutcome.Respond(StubToken.Answer, token.Plan.At);
            }
        }

        foreach (var token in _tokens)
        {
            if (context.Policy.InScope(token.Plan.Rules, context.Host, context.Request, out var rule))
            {
                return await SetAsync(context, token, rule).ConfigureAwait(false);
            }

            context.Observer?.PassedOver(Outcome(token.Plan, null));
        }

        return StepOutcome.Continue;
    }

    private async ValueTask<StepOutcome> SetAsync(RequestContext context, OauthToken token, RuleMatch? rule)
    {
        var plan = token.Plan;
        var refusal = !PlanPolicy.MayTravel(allowPlaintext: false, context.Request) ? Reason.SecretOverPlaintext
            : plan.RequireStub && !(context.Headers.Find(plan.Header) is { } given && TokenStubs.IsStub(plan, given)) ? Reason.TokenRequired
            : null;
        var set = false;
        if (refusal is null && context.TryClaim(token.Header.Place))
        {
            context.Step.Annotate("grant", plan.Grant);
            set = await token.Header.TrySetAsync(context).ConfigureAwait(false);
            if (!set && !plan.GoesWithout)
            {
                refusal = Reason.TokenUnavailable;
                context.Step.Annotate("rejected", refusal.Code);
            }
        }

        context.Observer?.Did(Outcome(plan, rule) with
        {
            Sets = set ? [token.Header.Describe("access token")] : [],
            Refusal = refusal,
        });
        return refusal is null ? StepOutcome.Continue : StepOutcome.Reject(refusal, plan.At);
    }

    private CredentialOutcome Outcome(OauthTokenPlan token, RuleMatch? rule) => new(_plan)
    {
        Kind = token.Grant,
        At = token.At,
        Rules = token.Rules,
        Rule = rule?.At,
        Uses = [.. token.AllCredentials.Select(c => c.Source.DisplayName).Distinct(StringComparer.Ordinal)],
        TokenEndpoint = token.TokenEndpoint,
        RequiresStub = token.RequireStub,
        GoesWithout = token.GoesWithout,
        ScrubsResponse = token.ScrubResponses,
        ScrubsStrictly = token.ScrubStrict,
    };
}
