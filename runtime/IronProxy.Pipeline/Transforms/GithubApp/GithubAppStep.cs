using System.Globalization;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Runs <c>github_app</c>: sets an installation token on requests to where it may go, in the form that each reads, and answers in the place of GitHub where a workload asks
/// for such a token itself, or ends the one that it has.
/// </summary>
public sealed class GithubAppStep : ScrubbingStep
{
    private const string Annotation = "installation_token";

    /// <summary>How long a stub is said to be good: as long as GitHub's own tokens.</summary>
    private static readonly TimeSpan StubLifetime = TimeSpan.FromHours(1);

    private static readonly MadeResponse Revoked = new(204, [], ReadOnlyMemory<byte>.Empty);

    private readonly GithubAppStepPlan _plan;
    private readonly GithubApi _api;
    private readonly StepToken _token;
    private readonly TokenHeader _bearer;
    private readonly TokenHeader _password;
    private readonly TimeProvider _time;

    /// <summary>Prepares the step.</summary>
    public GithubAppStep(GithubAppStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _api = new GithubApi(plan.ApiUrl);
        _time = services.Time;
        var installation = new GithubInstallation(plan, services);
        KeyValuePair<string, string>? about = new("installation", plan.Installation);
        _token = new StepToken(plan, "installation token", services.Token($"token of {plan.Title}", plan, plan.At, installation.MintAsync), _ => new(about));
        _bearer = _token.Bearer("Authorization");
        _password = _token.Password("x-access-token");
    }

    /// <inheritdoc />
    public override string Name => _plan.Type;

    /// <inheritdoc />
    private protected override ScrubbedEntries Scrubbed => _token.Scrubbed;

    /// <inheritdoc />
    public override ValueTask<StepOutcome> RunAsync(RequestContext context) =>
        _api.IsTokenRequest(context.Request) ? new(Answer(context, Stub()))
        : _api.IsRevocation(context.Request) ? new(Answer(context, Revoked))
        : _token.SetAsync(context, _api.IsGit(context.Request) ? _password : _bearer);

    private StepOutcome Answer(RequestContext context, MadeResponse answer)
    {
        context.Step.Annotate("stubbed", Annotation);
        return StepOutcome.Respond(answer, _plan.At);
    }

    private MadeResponse Stub() => new(201, [new("Content-Type", "application/json; charset=utf-8"), new("Cache-Control", "no-store")], JsonObjectBytes.Of(json =>
    {
        json.WriteString("token", TokenStubs.Token);
        json.WriteString("expires_at", (_time.GetUtcNow() + StubLifetime).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        GithubInstallation.WritePermissions(json, _plan);
        json.WriteString("repository_selection", _plan.Repositories.IsEmpty ? "all" : "selected");
    }));
}
