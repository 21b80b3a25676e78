using System.Collections.Immutable;

namespace IronProxy.Plan;

/// <summary>A credential and the requests that it may travel in: itself, or the token or signature that is made of it.</summary>
public sealed record CredentialUse
{
    /// <summary>Name for people: the variable, the file's base name, or what the machine itself has; never a value.</summary>
    public required string Name { get; init; }

    /// <summary><c>inject</c>, <c>replace</c>, or the name of the transform that makes something of it.</summary>
    public required string Mode { get; init; }

    /// <summary>Index of the rule set that says where it may go. Null means everywhere.</summary>
    public required int? Rules { get; init; }

    /// <summary>Whether it may travel without TLS. Tokens and signatures never do.</summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>Headers that are set, in canonical spelling. For entries of <c>secrets</c>, see <see cref="Secret"/>.</summary>
    public ImmutableArray<string> Headers { get; init; } = [];

    /// <summary>URL that the proxy itself sends it to, for a token.</summary>
    public string? TokenEndpoint { get; init; }

    /// <summary>Whether requests without the stub token are denied.</summary>
    public bool Require { get; init; }

    /// <summary>What a token is asked for: scopes of OAuth. Empty when nothing is.</summary>
    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>Whom a token is for: the audience, or the user who is impersonated.</summary>
    public string? For { get; init; }

    /// <summary>Regions of AWS that are signed for. Empty means all.</summary>
    public ImmutableArray<string> Regions { get; init; } = [];

    /// <summary>Services of AWS that are signed for. Empty means all.</summary>
    public ImmutableArray<string> Services { get; init; } = [];

    /// <summary>The entry of <c>secrets</c>. Null for all other transforms.</summary>
    public SecretPlan? Secret { get; init; }

    /// <summary>All credentials of a plan, in its order.</summary>
    public static IEnumerable<CredentialUse> Of(ProxyPlan plan) => plan.Steps.SelectMany(Of);

    /// <summary>The credential of an entry of <c>secrets</c>.</summary>
    public static CredentialUse Of(SecretPlan secret) => new()
    {
        Name = secret.Name,
        Mode = secret.Inject is null ? "replace" : "inject",
        Rules = secret.Rules,
        AllowPlaintext = secret.AllowPlaintext,
        Secret = secret,
    };

    /// <summary>The headers that a step sets on the requests in its scope; none for steps that set none of their own.</summary>
    public static ImmutableArray<string> HeadersOf(StepPlan step) => step switch
    {
        GcpAuthStepPlan => ["Authorization"],
        GcpIdTokenStepPlan gcp => [HeaderName.Canonical(gcp.Header)],
        AwsAuthStepPlan aws =>
        [
            "Authorization", "X-Amz-Date", "X-Amz-Content-Sha256",
            .. aws.Provider is not null || aws.Credentials.Any(c => c.Name == "session_token") ? ["X-Amz-Security-Token"] : (string[])[],
        ],
        HmacSignStepPlan hmac => [.. hmac.Headers.Select(h => HeaderName.Canonical(h.Name))],
        _ => [],
    };

    private static IEnumerable<CredentialUse> Of(StepPlan step) => step switch
    {
        SecretsStepPlan secrets => secrets.Secrets.Select(Of),
        OauthTokenStepPlan oauth => oauth.Tokens.SelectMany(t => Names(t.Credentials.AddRange(t.TokenEndpointHeaders), null).Select(name => new CredentialUse
        {
            Name = name,
            Mode = step.Type,
            Rules = t.Rules,
            Headers = [HeaderName.Canonical(t.Header)],
            TokenEndpoint = t.TokenEndpoint,
            Require = t.Require,
            Scopes = t.Scopes,
            For = t.Audience,
        })),
        GcpAuthStepPlan gcp => Made(step, gcp.Keyfile is { } key ? [key] : [], gcp.Provider, gcp.Rules)
            .Select(u => u with { Scopes = gcp.Scopes, For = gcp.Subject }),
        GcpIdTokenStepPlan gcp => Made(step, [gcp.Keyfile], null, gcp.Rules).Select(u => u with { For = gcp.Audience }),
        AwsAuthStepPlan aws => Made(step, aws.Credentials, aws.Provider?.Type, aws.Rules)
            .Select(u => u with { Regions = aws.AllowedRegions, Services = aws.AllowedServices }),
        HmacSignStepPlan hmac => Made(step, hmac.Credentials, null, hmac.Rules),
        _ => [],
    };

    private static IEnumerable<CredentialUse> Made(StepPlan step, ImmutableArray<CredentialPlan> credentials, string? provider, int? rules) =>
        Names(credentials, provider).Select(name => new CredentialUse { Name = name, Mode = step.Type, Rules = rules, Headers = HeadersOf(step) });

    /// <summary>Each once: one JSON document may hold several credentials.</summary>
    private static IEnumerable<string> Names(ImmutableArray<CredentialPlan> credentials, string? provider) =>
        provider is not null ? [provider] : credentials.Select(c => c.Source.DisplayName).Distinct(StringComparer.Ordinal);
}
