using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Lookup;

/// <summary>One credential that a step puts into requests, and its place in the file, for warnings.</summary>
internal sealed record PlacedCredential
{
    /// <summary>The step.</summary>
    public required StepPlan Step { get; init; }

    /// <summary>What messages call it.</summary>
    public required string Name { get; init; }

    /// <summary>Where it acts: an index of a rule set, or null for everywhere.</summary>
    public required int? Rules { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>The headers that it sets.</summary>
    public ImmutableArray<string> Sets { get; init; } = [];

    /// <summary>The query parameter that it sets.</summary>
    public string? Parameter { get; init; }

    /// <summary>The headers of the workload that it cannot do without.</summary>
    public ImmutableArray<string> Needs { get; init; } = [];

    /// <summary>How it is swapped for a placeholder, when it is.</summary>
    public ReplacePlan? Replace { get; init; }

    /// <summary>Whether it must see the whole body.</summary>
    public bool ReadsBody { get; init; }
}

/// <summary>Reads the credentials of a plan.</summary>
internal static class PlacedCredentials
{
    private const string Authorization = "Authorization";

    /// <summary>All credentials, in the order of the file.</summary>
    public static IEnumerable<PlacedCredential> Of(ProxyPlan plan) => plan.Steps.SelectMany(Of);

    private static IEnumerable<PlacedCredential> Of(StepPlan step) => step switch
    {
        SecretsStepPlan secrets => secrets.Secrets.Select(s => Of(step, s)),
        OauthTokenStepPlan oauth => oauth.Tokens.Select(t => new PlacedCredential
        {
            Step = step,
            Name = $"the token of {t.TokenEndpoint}",
            Rules = t.Rules,
            At = t.At,
            Sets = [t.Header],
            Needs = t.Require ? [t.Header] : [],
        }),
        GcpAuthStepPlan gcp => [new PlacedCredential { Step = step, Name = step.Type, Rules = gcp.Rules, At = step.At, Sets = CredentialUse.HeadersOf(step) }],
        GcpIdTokenStepPlan token => [new PlacedCredential { Step = step, Name = step.Type, Rules = token.Rules, At = step.At, Sets = CredentialUse.HeadersOf(step) }],
        AwsAuthStepPlan aws => [new PlacedCredential
        {
            Step = step,
            Name = step.Type,
            Rules = aws.Rules,
            At = step.At,
            Sets = CredentialUse.HeadersOf(step),

            // The region and the service are read from the signature that the workload made.
            Needs = [Authorization],
            ReadsBody = !aws.UnsignedPayload,
        }],
        HmacSignStepPlan hmac => [new PlacedCredential
        {
            Step = step,
            Name = step.Type,
            Rules = hmac.Rules,
            At = step.At,
            Sets = CredentialUse.HeadersOf(step),
            ReadsBody = true,
        }],
        _ => [],
    };

    private static PlacedCredential Of(StepPlan step, SecretPlan secret) => new()
    {
        Step = step,
        Name = $"the secret {secret.Name}",
        Rules = secret.Rules,
        At = secret.At,
        Sets = secret.Inject?.Header is { } header ? [header] : [],
        Parameter = secret.Inject?.QueryParam,
        Needs = secret.Replace is { } replace ? [.. replace.Headers.Select(h => h.Name).OfType<string>()] : [],
        Replace = secret.Replace,
        ReadsBody = secret.Replace is { Body: true },
    };
}
