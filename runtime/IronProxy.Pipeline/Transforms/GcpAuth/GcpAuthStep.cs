using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>gcp_auth</c>: answers in the place of Google's token endpoint and of the metadata server, so that libraries in the workload find a token that is none, and sets
/// the real one on requests to where it may go.
/// </summary>
public sealed class GcpAuthStep : ScrubbingStep
{
    private readonly GcpAuthStepPlan _plan;
    private readonly ServiceAccount? _account;
    private readonly StepToken _token;
    private readonly TokenHeader _header;

    /// <summary>Prepares the step.</summary>
    public GcpAuthStep(GcpAuthStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _account = plan.Keyfile is { } keyfile ? new ServiceAccount(keyfile, plan, services) : null;
        var token = _account is null ? services.GcpIdentity(plan, plan.Scopes) : services.Token($"token of {plan.Title}", plan, plan.At, MintAsync);
        _token = new StepToken(plan, "access token", token, ServiceAccount.Describe(_account));
        _header = _token.Bearer("Authorization");
    }

    /// <inheritdoc />
    public override string Name => _plan.Type;

    /// <inheritdoc />
    private protected override ScrubbedEntries Scrubbed => _token.Scrubbed;

    /// <inheritdoc />
    public override async ValueTask<StepOutcome> RunAsync(RequestContext context)
    {
        if (TokenStubs.IsGoogleTokenRequest(context.Request))
        {
            return Answer(context, StubToken.Answer);
        }

        if (TokenStubs.IsGoogleMetadataRequest(context.Request))
        {
            var key = _account is null ? null : await _account.FindKeyAsync(context.Aborted).ConfigureAwait(false);
            return Answer(context, MetadataServer.Answer(context.Request, key, _plan.Scopes));
        }

        return await _token.SetAsync(context, _header).ConfigureAwait(false);
    }

    private StepOutcome Answer(RequestContext context, MadeResponse answer)
    {
        context.Step.Annotate("stubbed", StubToken.Annotation);
        return StepOutcome.Respond(answer, _plan.At);
    }

    private Task<MintedToken> MintAsync(HttpMessageInvoker http, CancellationToken cancellation)
    {
        var claims = new List<KeyValuePair<string, string>> { new("scope", string.Join(' ', _plan.Scopes)) };
        if (_plan.Subject is { } subject)
        {
            claims.Add(new("sub", subject));
        }

        return _account!.MintAsync(http, "access_token", claims, cancellation); // Without an account the token is the machine's.
    }
}
