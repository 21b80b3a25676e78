using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>The token of a step that has one, and the requests that it goes into.</summary>
internal sealed class StepToken
{
    private readonly StepPlan _step;
    private readonly string _kind;
    private readonly ILive<SecretValue> _token;
    private readonly ScrubbedEntry<SecretValue>? _scrubbed;
    private readonly Func<CancellationToken, ValueTask<KeyValuePair<string, string>?>> _describe;
    private readonly CredentialOutcome _nothing;
    private readonly CredentialOutcome _acts;

    /// <summary>Prepares it.</summary>
    /// <param name="step">Whose it is.</param>
    /// <param name="kind">What explanations call it.</param>
    /// <param name="token">The token.</param>
    /// <param name="describe">What audit records say of it when it is set, by name; null for nothing.</param>
    public StepToken(StepPlan step, string kind, ILive<SecretValue> token, Func<CancellationToken, ValueTask<KeyValuePair<string, string>?>> describe)
    {
        _step = step;
        _kind = kind;
        _token = token;
        _describe = describe;
        var use = step.CredentialUses[0]; // Steps with such a token have one.
        _nothing = new CredentialOutcome(step) { Kind = step.Type, Rules = use.Rules, Uses = use.Names, TokenEndpoint = use.TokenEndpoint };
        _acts = _nothing with { ScrubsResponse = use.Scrubs, ScrubsStrictly = use.ScrubsStrictly };
        _scrubbed = ScrubbedToken.Entry(use.Scrubs, use.ScrubsStrictly, use.Rules, step.Type);
        Scrubbed = new ScrubbedEntries(step, _scrubbed is null ? [] : [_scrubbed]);
    }

    /// <summary>The token as it is looked for in responses, where the step says so.</summary>
    public ScrubbedEntries Scrubbed { get; }

    /// <summary>A header that it is set in as a bearer token (RFC 6750, 2.1).</summary>
    public TokenHeader Bearer(string header) => new(header, "Bearer ", _token, _scrubbed);

    /// <summary>Authorization, in which it is the password of a user.</summary>
    public TokenHeader Password(string user) => TokenHeader.Password(user, _token, _scrubbed);

    /// <summary>Sets it on a request that its rules are for.</summary>
    public async ValueTask<StepOutcome> SetAsync(RequestContext context, TokenHeader header)
    {
        if (!context.Policy.InScope(_nothing.Rules, context.Host, context.Request, out var rule))
        {
            context.Observer?.PassedOver(_nothing);
            return StepOutcome.Continue;
        }

        var outcome = _acts with { Rule = rule?.At };
        if (!PlanPolicy.MayTravel(allowPlaintext: false, context.Request))
        {
            outcome = outcome with { Refusal = Reason.SecretOverPlaintext };
        }
        else if (context.TryClaim(header.Place))
        {
            outcome = await MintAsync(context, header, outcome).ConfigureAwait(false);
        }

        context.Observer?.Did(outcome);
        return outcome.Refusal is { } refusal ? StepOutcome.Reject(refusal, _step.At) : StepOutcome.Continue;
    }

    private async ValueTask<CredentialOutcome> MintAsync(RequestContext context, TokenHeader header, CredentialOutcome outcome)
    {
        var about = await _describe(context.Aborted).ConfigureAwait(false);
        if (await header.TrySetAsync(context, about).ConfigureAwait(false))
        {
            return outcome with { Sets = [header.Describe(_kind)] };
        }

        context.Step.Annotate("rejected", Reason.TokenUnavailable.Code);
        return outcome with { Refusal = Reason.TokenUnavailable };
    }
}
