using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Mints Google Cloud access tokens and sets them on requests.</summary>
public sealed record GcpAuthStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "gcp_auth";

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
    public override ImmutableArray<SecretSourcePlan> Sources => Keyfile is { } key ? [key.Source] : [];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<CredentialUse> CredentialUses =>
    [
        new()
        {
            Step = this,
            Names = Provider is { } provider ? [provider] : CredentialUse.NamesOf(Keyfile is { } key ? [key] : []),
            Reads = Sources,
            Title = Title,
            Rules = Rules,
            At = At,
            Sets = ["Authorization"],
            Scrubs = ScrubResponses,
            ScrubsStrictly = ScrubStrict,
            Scopes = Scopes,
            For = Subject,
        },
    ];

    /// <inheritdoc />
    [JsonIgnore]
    public override IEnumerable<string> StubbedUrls => [TokenStubs.GoogleTokenUrl];

    /// <inheritdoc />
    public override bool Stubs(CanonicalRequest request) => TokenStubs.IsGoogleTokenRequest(request) || TokenStubs.IsGoogleMetadataRequest(request);

    /// <summary>The service account's key. Null when <see cref="Provider"/> is set.</summary>
    public CredentialPlan? Keyfile { get; init; }

    /// <summary><c>workload_identity</c>: credentials come from the machine. Null when <see cref="Keyfile"/> is set.</summary>
    public string? Provider { get; init; }

    /// <summary>User to impersonate through domain-wide delegation.</summary>
    public string? Subject { get; init; }

    /// <summary>Scopes to ask for.</summary>
    public required ImmutableArray<string> Scopes { get; init; }

    /// <summary>Whether the token is taken out of responses to requests in scope.</summary>
    public bool ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused.</summary>
    public bool ScrubStrict { get; init; }

    /// <summary>Index of the rule set that says where the step acts. Null means everywhere.</summary>
    public int? Rules { get; init; }
}
