using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// An installation of a GitHub App, whose key is read before the policy starts. The app signs who it is, and GitHub gives a token for that
/// (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app).
/// </summary>
internal sealed class GithubInstallation
{
    private const string Github = "GitHub";

    /// <summary>The oldest version of the API that servers of GitHub Enterprise know as well.</summary>
    private const string ApiVersion = "2022-11-28";

    /// <summary>GitHub refuses what was signed later than now, and what ends in more than ten minutes. So its clock may be a minute behind ours, and nine ahead.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly GithubAppStepPlan _plan;
    private readonly ILive<SecretValue> _key;
    private readonly TimeProvider _time;
    private readonly byte[] _asked;

    public GithubInstallation(GithubAppStepPlan plan, IStepServices services)
    {
        _plan = plan;
        _key = services.Credential(plan.PrivateKey, plan, FindProblem);
        _time = services.Time;
        _asked = Asked(plan);
    }

    /// <summary>Asks for a token.</summary>
    /// <exception cref="MintingFailedException">There is none.</exception>
    public async Task<MintedToken> MintAsync(HttpMessageInvoker http, CancellationToken cancellation)
    {
        var assertion = await SignAsync(cancellation).ConfigureAwait(false);
        var installation = _plan.InstallationId ?? await FindAsync(http, assertion, cancellation).ConfigureAwait(false);
        using var request = Request(HttpMethod.Post, $"/app/installations/{installation.ToString(CultureInfo.InvariantCulture)}/access_tokens", assertion);
        request.Content = new ByteArrayContent(_asked) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = await TokenAnswer.AskAsync(http, request, Github, cancellation).ConfigureAwait(false);
        if (!answer.Succeeded)
        {
            throw Refused(answer);
        }

        return new MintedToken(answer.Token("token"), LifetimeOf(answer));
    }

    /// <summary>Writes what tokens may do, as GitHub asks for it and says it.</summary>
    public static void WritePermissions(Utf8JsonWriter json, GithubAppStepPlan plan)
    {
        json.WriteStartObject("permissions");
        foreach (var (name, access) in plan.Permissions)
        {
            json.WriteString(name, access);
        }

        json.WriteEndObject();
    }

    /// <summary>Finds the installation of the owner. Nothing but trying tells an organization from a user.</summary>
    private async Task<long> FindAsync(HttpMessageInvoker http, string assertion, CancellationToken cancellation)
    {
        foreach (var kind in (string[])["orgs", "users"])
        {
            using var request = Request(HttpMethod.Get, $"/{kind}/{_plan.Owner}/installation", assertion);
            using var answer = await TokenAnswer.AskAsync(http, request, Github, cancellation).ConfigureAwait(false);
            if (answer.Succeeded)
            {
                return answer.Member("id") is { ValueKind: JsonValueKind.Number } id && id.TryGetInt64(out var number)
                    ? number
                    : throw new MintingFailedException("GitHub answered without the id of an installation");
            }

            if (answer.Status != HttpStatusCode.NotFound)
            {
                throw Refused(answer);
            }
        }

        throw new MintingFailedException("GitHub knows no installation of the app for this owner (status 404)");
    }

    private async Task<string> SignAsync(CancellationToken cancellation)
    {
        var pem = await _key.GetAsync(cancellation).ConfigureAwait(false);
        using var key = JwtAssertion.ReadKey(pem.Reveal()) ?? throw new MintingFailedException("private_key is no RSA key in PEM any more");
        return JwtAssertion.Sign(key, keyId: null, _time.GetUtcNow() - Skew, Lifetime, [new("iss", _plan.Issuer)]);
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string assertion)
    {
        var request = new HttpRequestMessage(method, _plan.ApiUrl + path);
        request.Headers.Accept.ParseAdd("application/vnd.github+json");
        request.Headers.UserAgent.ParseAdd("iron-proxy"); // GitHub refuses requests without one.
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", assertion);
        request.Headers.Add("X-GitHub-Api-Version", ApiVersion);
        return request;
    }

    /// <summary>Why there is no token. Other words than these are GitHub's, and are not repeated.</summary>
    private MintingFailedException Refused(TokenAnswer answer)
    {
        var why = answer.Status switch
        {
            HttpStatusCode.Unauthorized => ": it does not take the app's signature" + ClockHint(answer),
            HttpStatusCode.Forbidden => ": the app may not, or asks too often, or the installation is suspended",
            HttpStatusCode.NotFound => ": it knows no such installation of the app",
            HttpStatusCode.UnprocessableEntity => ": the installation does not have the repositories or permissions that are asked for",
            _ => "",
        };
        return new MintingFailedException($"GitHub answered with status {(int)answer.Status}{why}");
    }

    private string ClockHint(TokenAnswer answer) =>
        answer.Date is { } date && (int)(date - _time.GetUtcNow()).TotalSeconds is var seconds && Math.Abs(seconds) > Skew.TotalSeconds
            ? $", and its clock is {Math.Abs(seconds).ToString(CultureInfo.InvariantCulture)} s {(seconds > 0 ? "ahead" : "behind")}"
            : "";

    /// <summary>How long a token is good by the server's own clock. Ours is not asked.</summary>
    private static TimeSpan? LifetimeOf(TokenAnswer answer)
    {
        if (answer.Date is not { } date || !DateTimeOffset.TryParse(answer.Text("expires_at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end))
        {
            return null;
        }

        return end > date ? end - date : throw new MintingFailedException("GitHub answered with a token that has ended");
    }

    private static string? FindProblem(SecretValue value)
    {
        using var key = JwtAssertion.ReadKey(value.Reveal());
        return key is null ? "is no RSA key in PEM" : null;
    }

    private static byte[] Asked(GithubAppStepPlan plan) => JsonObjectBytes.Of(json =>
    {
        if (!plan.Repositories.IsEmpty)
        {
            json.WriteStartArray("repositories");
            foreach (var repository in plan.Repositories)
            {
                json.WriteStringValue(repository);
            }

            json.WriteEndArray();
        }

        if (!plan.Permissions.IsEmpty)
        {
            WritePermissions(json, plan);
        }
    });
}
