using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>A token of Google, and the requests that it goes into.</summary>
internal sealed class GoogleToken
{
    private readonly StepPlan _step;
    private readonly TokenHeader _header;
    private readonly string _kind;
    private readonly ServiceAccount? _account;
    private readonly CredentialOutcome _nothing;
    private readonly CredentialOutcome _acts;

    /// <summary>Prepares it.</summary>
    /// <param name="step">Whose it is.</param>
    /// <param name="header">The header that it is set in.</param>
    /// <param name="kind">What explanations call it.</param>
    /// <param name="account">Whose token it is; null for the machine's own.</param>
    /// <param name="token">The token.</param>
    public GoogleToken(StepPlan step, string header, string kind, ServiceAccount? account, ILive<SecretValue> token)
    {
        _step = step;
        _kind = kind;
        _account = account;
        var use = step.CredentialUses[0]; // Steps with such a token have one.
        _nothing = new CredentialOutcome(step) { Kind = step.Type, Rules = use.Rules, Uses = use.Names };
        _acts = _nothing with { ScrubsResponse = use.Scrubs, ScrubsStrictly = use.ScrubsStrictly };
        var scrubbed = ScrubbedToken.Entry(use.Scrubs, use.ScrubsStrictly, use.Rules, step.Type);
        Scrubbed = new ScrubbedEntries(step, scrubbed is null ? [] : [scrubbed]);
        _header = new TokenHeader(header, "Bearer ", token, scrubbed);
    }

    /// <summary>The token as it is looked for in responses, where the step says so.</summary>
    public ScrubbedEntries Scrubbed { get; }

    /// <summary>Sets it on a request that its rules are for.</summary>
    public async ValueTask<StepOutcome> SetAsync(RequestContext context)
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
        else if (context.TryClaim(_header.Place))
        {
            outcome = await MintAsync(context, outcome).ConfigureAwait(false);
        }

        context.Observer?.Did(outcome);
        return outcome.Refusal is { } refusal ? StepOutcome.Reject(refusal, _step.At) : StepOutcome.Continue;
    }

    private async ValueTask<CredentialOutcome> MintAsync(RequestContext context, CredentialOutcome outcome)
    {
        var key = _account is null ? null : await _account.FindKeyAsync(context.Aborted).ConfigureAwait(false);
        if (await _header.TrySetAsync(context, key?.Email).ConfigureAwait(false))
        {
            return outcome with { Sets = [_header.Describe(_kind)] };
        }

        context.Step.Annotate("rejected", Reason.TokenUnavailable.Code);
        return outcome with { Refusal = Reason.TokenUnavailable };
    }
}
