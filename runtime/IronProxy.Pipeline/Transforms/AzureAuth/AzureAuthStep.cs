using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>azure_auth</c>: answers in the place of Microsoft Entra's token endpoints and of the metadata server, so that libraries in the workload find a token that is none, and sets
/// the real one on requests to where it may go.
/// </summary>
public sealed class AzureAuthStep : ScrubbingStep
{
    private readonly AzureAuthStepPlan _plan;
    private readonly AzureStubs _stubs;
    private readonly TimeProvider _time;
    private readonly StepToken _token;
    private readonly TokenHeader _header;

    /// <summary>Prepares the step.</summary>
    public AzureAuthStep(AzureAuthStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _stubs = new AzureStubs(plan.AuthorityHost);
        _time = services.Time;
        Func<HttpMessageInvoker, CancellationToken, Task<MintedToken>> mint = plan.Provider == "managed_identity" ? new ManagedIdentity(plan, services).MintAsync : new EntraApplication(plan, services).MintAsync;
        KeyValuePair<string, string>? about = plan.ClientId is { } client ? new("client_id", client) : null;
        _token = new StepToken(plan, "access token", services.Token($"token of {plan.Title}", plan, plan.At, mint), _ => new(about));
        _header = _token.Bearer("Authorization");
    }

    /// <inheritdoc />
    public override string Name => _plan.Type;

    /// <inheritdoc />
    private protected override ScrubbedEntries Scrubbed => _token.Scrubbed;

    /// <inheritdoc />
    public override ValueTask<StepOutcome> RunAsync(RequestContext context) =>
        _stubs.IsTokenRequest(context.Request) ? new(Answer(context, StubToken.Answer))
        : AzureStubs.IsMetadataRequest(context.Request) ? new(Answer(context, AzureMetadata.Answer(context, _plan.ClientId, _time.GetUtcNow())))
        : _token.SetAsync(context, _header);

    private StepOutcome Answer(RequestContext context, MadeResponse answer)
    {
        context.Step.Annotate("stubbed", StubToken.Annotation);
        return StepOutcome.Respond(answer, _plan.At);
    }
}
