using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Runs <c>gcp_id_token</c>: sets an identity token of a service account, for one audience, on requests to where it may go.</summary>
public sealed class GcpIdTokenStep : ScrubbingStep
{
    private readonly GcpIdTokenStepPlan _plan;
    private readonly ServiceAccount _account;
    private readonly StepToken _token;
    private readonly TokenHeader _header;

    /// <summary>Prepares the step.</summary>
    public GcpIdTokenStep(GcpIdTokenStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _account = new ServiceAccount(plan.Keyfile, plan, services);
        _token = new StepToken(plan, "identity token", services.Token($"token of {plan.Title}", plan, plan.At, MintAsync), ServiceAccount.Describe(_account));
        _header = _token.Bearer(plan.Header);
    }

    /// <inheritdoc />
    public override string Name => _plan.Type;

    /// <inheritdoc />
    private protected override ScrubbedEntries Scrubbed => _token.Scrubbed;

    /// <inheritdoc />
    public override ValueTask<StepOutcome> RunAsync(RequestContext context) => _token.SetAsync(context, _header);

    private async Task<MintedToken> MintAsync(HttpMessageInvoker http, CancellationToken cancellation)
    {
        var token = await _account.MintAsync(http, "id_token", [new("target_audience", _plan.Audience)], cancellation).ConfigureAwait(false);
        return token with { Lifetime = IdentityToken.LifetimeOf(token.Value) };
    }
}
