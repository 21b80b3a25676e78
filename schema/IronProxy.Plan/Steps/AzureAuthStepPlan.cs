using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Mints access tokens of Microsoft Entra ID and sets them on requests.</summary>
public sealed record AzureAuthStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "azure_auth";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => StepNeeds.Head;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Refuse;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [Rules];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<SecretSourcePlan> Sources => Credential is { } credential ? [credential.Source] : [];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<CredentialUse> CredentialUses =>
    [
        new()
        {
            Step = this,
            Names = Provider is { } provider ? [provider] : CredentialUse.NamesOf(Credential is { } credential ? [credential] : []),
            Reads = Sources,
            Title = Title,
            Rules = Rules,
            At = At,
            Sets = ["Authorization"],
            TokenEndpoint = Provider is null ? AzureStubs.TokenEndpoint(AuthorityHost, TenantId ?? "") : null,
            Scrubs = ScrubResponses,
            ScrubsStrictly = ScrubStrict,
            Scopes = [Scope],
            For = ClientId,
        },
    ];

    /// <inheritdoc />
    [JsonIgnore]
    public override IEnumerable<string> StubbedUrls => [AuthorityHost];

    /// <inheritdoc />
    public override bool Stubs(CanonicalRequest request) => new AzureStubs(AuthorityHost).IsTokenRequest(request) || AzureStubs.IsMetadataRequest(request);

    /// <summary>The tenant: its id or one of its domains. Null when the machine says it.</summary>
    public string? TenantId { get; init; }

    /// <summary>The application, or the identity of the machine that is used. Null when the machine says it.</summary>
    public string? ClientId { get; init; }

    /// <summary>What the application shows, named by its key: <c>client_secret</c>, <c>client_certificate</c> or <c>federated_token</c>. Null when <see cref="Provider"/> is set.</summary>
    public CredentialPlan? Credential { get; init; }

    /// <summary><c>workload_identity</c> or <c>managed_identity</c>: credentials come from the machine. Null when <see cref="Credential"/> is set.</summary>
    public string? Provider { get; init; }

    /// <summary>What tokens are for: a resource, and <c>/.default</c>.</summary>
    public required string Scope { get; init; }

    /// <summary>URL of Microsoft Entra ID, without a slash at its end.</summary>
    public required string AuthorityHost { get; init; }

    /// <summary>Whether the token is taken out of responses to requests in scope.</summary>
    public bool ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused.</summary>
    public bool ScrubStrict { get; init; }

    /// <summary>Index of the rule set that says where the step acts.</summary>
    public required int Rules { get; init; }
}
