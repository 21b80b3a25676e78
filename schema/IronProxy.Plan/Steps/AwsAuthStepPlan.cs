using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Signs requests of AWS SDKs again, with real credentials.</summary>
public sealed record AwsAuthStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "aws_auth";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepNeeds Needs => UnsignedPayload ? StepNeeds.Head : StepNeeds.WholeBody;

    /// <inheritdoc />
    [JsonIgnore]
    public override StepEffect Effect => StepEffect.Refuse;

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<int?> ActsOn => [Rules];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<SecretSourcePlan> Sources => [.. Credentials.Select(c => c.Source)];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<CredentialUse> CredentialUses =>
    [
        new()
        {
            Step = this,
            Names = Provider is { } provider ? [provider.Type] : CredentialUse.NamesOf(Credentials),
            Reads = Sources,
            Title = Title,
            Rules = Rules,
            At = At,
            Sets = SignatureHeaders,

            // The region and the service are read from the signature that the workload made.
            Needs = ["Authorization"],
            ReadsBody = !UnsignedPayload,
            Scrubs = ScrubResponses,
            ScrubsStrictly = ScrubStrict,
            Regions = AllowedRegions,
            Services = AllowedServices,
        },
    ];

    /// <summary>The headers that a signature is made of, in canonical spelling.</summary>
    [JsonIgnore]
    public ImmutableArray<string> SignatureHeaders =>
    [
        "Authorization", "X-Amz-Date", "X-Amz-Content-Sha256",
        .. Provider is not null || Credentials.Any(c => c.Name == "session_token") ? ["X-Amz-Security-Token"] : (string[])[],
    ];

    /// <summary>The access key, named by its keys. Empty when <see cref="Provider"/> is set.</summary>
    public required ImmutableArray<CredentialPlan> Credentials { get; init; }

    /// <summary>Credentials come from the machine. Null when there is an access key.</summary>
    public AwsProviderPlan? Provider { get; init; }

    /// <summary>Regions that are signed for. Empty means all.</summary>
    public required ImmutableArray<string> AllowedRegions { get; init; }

    /// <summary>Services that are signed for. Empty means all.</summary>
    public required ImmutableArray<string> AllowedServices { get; init; }

    /// <summary>When true, the body is left out of the signature.</summary>
    public bool UnsignedPayload { get; init; }

    /// <summary>When true, bodies without a known length are signed as they came.</summary>
    public bool AllowChunkedBody { get; init; }

    /// <summary>Whether the credentials are taken out of all responses to requests in scope. Without, refusals and redirects alone are searched.</summary>
    public bool ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused.</summary>
    public bool ScrubStrict { get; init; }

    /// <summary>Index of the rule set that says where the step acts.</summary>
    public required int Rules { get; init; }
}

/// <summary>Credentials of the machine that the proxy runs on.</summary>
public sealed record AwsProviderPlan
{
    /// <summary><c>workload_identity</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Region to use. Null leaves the choice to the environment of the proxy.</summary>
    public string? Region { get; init; }
}
