using System.Collections.Immutable;
using System.Text;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>One entry of <c>oauth_token</c>: where its token may go, and how it is minted.</summary>
internal sealed class OauthToken
{
    private const string AccessToken = "access_token"; // RFC 6749, 5.1

    /// <summary>
    /// How long an assertion may be exchanged, which is done at once. Servers bound it, Box at 60 s
    /// (https://developer.box.com/guides/authentication/jwt/without-sdk/), and each has its own clock.
    /// </summary>
    private static readonly TimeSpan AssertionLifetime = TimeSpan.FromSeconds(55);

    private readonly ImmutableArray<(string Name, ILive<SecretValue> Value)> _credentials;
    private readonly ImmutableArray<(string Name, ILive<SecretValue> Value)> _headers;
    private readonly RotatedTokens _rotated;
    private readonly IStateFile? _stateFile;
    private readonly TimeProvider _time;

    public OauthToken(OauthTokenPlan plan, OauthTokenStepPlan step, IStepServices services)
    {
        Plan = plan;
        Endpoint = new StubbedEndpoint(plan.TokenEndpoint);
        _rotated = services.RotatedTokens;
        _stateFile = plan.StateFile is { } path ? services.StateFile(path, step, plan.At) : null;
        _time = services.Time;
        _credentials = [.. plan.Credentials.Select(c => (c.Name, services.Credential(c, step, c.Name == "private_key" ? FindKeyProblem : static _ => null)))];
        _headers = [.. plan.TokenEndpointHeaders.Select(c => (c.Name, services.Credential(c, step, FindHeaderProblem)))];
        Scrubbed = ScrubbedToken.Entry(plan.ScrubResponses, plan.ScrubStrict, plan.Rules, plan.Grant);
        Header = new TokenHeader(plan.Header, plan.ValuePrefix, services.Token($"token of line {plan.At.Line}", step, plan.At, MintAsync), Scrubbed);
    }

    public OauthTokenPlan Plan { get; }

    public StubbedEndpoint Endpoint { get; }

    /// <summary>What the token goes into.</summary>
    public TokenHeader Header { get; }

    /// <summary>The token as it is looked for in responses; null when it is not.</summary>
    public ScrubbedEntry<SecretValue>? Scrubbed { get; }

    private async Task<MintedToken> MintAsync(HttpMessageInvoker http, CancellationToken cancellation)
    {
        var credentials = await RevealAsync(_credentials, cancellation).ConfigureAwait(false);
        var headers = await RevealAsync(_headers, cancellation).ConfigureAwait(false);
        switch (Plan.Grant)
        {
            case "refresh_token":
                var use = await _rotated.UseAsync(Plan.TokenEndpoint, new SecretValue(credentials["refresh_token"]), _stateFile, cancellation).ConfigureAwait(false);
                await using (use.ConfigureAwait(false))
                {
                    credentials["refresh_token"] = use.Current.Reveal();
                    return await TokenRequest.SendAsync(http, Plan.TokenEndpoint, Form(Plan.Grant, credentials), headers, AccessToken, use.Replace, cancellation).ConfigureAwait(false);
                }

            case "client_credentials" or "password":
                return await TokenRequest.SendAsync(http, Plan.TokenEndpoint, Form(Plan.Grant, credentials), headers, AccessToken, rotated: null, cancellation).ConfigureAwait(false);
            case "jwt_bearer":
                var assertion = new Dictionary<string, string>(StringComparer.Ordinal) { ["assertion"] = Sign(credentials) };
                return await TokenRequest.SendAsync(http, Plan.TokenEndpoint, Form(JwtAssertion.Grant, assertion), headers, AccessToken, rotated: null, cancellation).ConfigureAwait(false);
            default:
                throw new PlanException($"The plan's {OauthTokenStepPlan.TypeName} has a grant that this build does not have.");
        }
    }

    private Dictionary<string, string> Form(string grant, Dictionary<string, string> fields)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal) { ["grant_type"] = grant };
        foreach (var (name, value) in fields)
        {
            form.Add(name, value);
        }

        if (!Plan.Scopes.IsEmpty)
        {
            form.Add("scope", string.Join(' ', Plan.Scopes));
        }

        return form;
    }

    /// <summary>The scopes stand in the claims as well as in the form: servers read the one or the other.</summary>
    private string Sign(Dictionary<string, string> credentials)
    {
        var claims = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["iss"] = credentials["issuer"],
            ["sub"] = credentials["subject"],
            ["aud"] = Plan.Audience!, // The compiler asks for it with this grant.
        };
        if (!Plan.Scopes.IsEmpty)
        {
            claims.Add("scope", string.Join(' ', Plan.Scopes));
        }

        using var key = JwtAssertion.ReadKey(credentials["private_key"]) ?? throw new MintingFailedException("private_key is no RSA key in PEM any more");
        return JwtAssertion.Sign(key, credentials.GetValueOrDefault("private_key_id"), _time.GetUtcNow(), AssertionLifetime, claims.Append(JwtAssertion.NewId()));
    }

    private static async Task<Dictionary<string, string>> RevealAsync(ImmutableArray<(string Name, ILive<SecretValue> Value)> secrets, CancellationToken cancellation)
    {
        var revealed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in secrets)
        {
            revealed.Add(name, (await value.GetAsync(cancellation).ConfigureAwait(false)).Reveal());
        }

        return revealed;
    }

    private static string? FindKeyProblem(SecretValue value)
    {
        using var key = JwtAssertion.ReadKey(value.Reveal());
        return key is null ? "is no RSA key in PEM" : null;
    }

    private static string? FindHeaderProblem(SecretValue value) =>
        HeaderName.IsValidValue(value.Reveal()) && Ascii.IsValid(value.Reveal()) ? null : "has a line break or another character that cannot be sent in a header";
}
