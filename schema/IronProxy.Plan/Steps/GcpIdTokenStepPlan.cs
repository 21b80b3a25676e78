using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>Mints Google identity tokens for an audience and sets them on requests.</summary>
public sealed record GcpIdTokenStepPlan : StepPlan
{
    /// <summary>Name in proxy.yaml.</summary>
    public const string TypeName = "gcp_id_token";

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
    public override ImmutableArray<SecretSourcePlan> Sources => [Keyfile.Source];

    /// <inheritdoc />
    [JsonIgnore]
    public override ImmutableArray<CredentialUse> CredentialUses =>
    [
        new()
        {
            Step = this,
            Names = CredentialUse.NamesOf([Keyfile]),
            Reads = Sources,
            Title = Title,
            Rules = Rules,
            At = At,
            Sets = [Header],
            Scrubs = ScrubResponses,
            ScrubsStrictly = ScrubStrict,
            For = Audience,
        },
    ];

    /// <summary>The service account's key.</summary>
    public required CredentialPlan Keyfile { get; init; }

    /// <summary>The claim <c>aud</c> of the token.</summary>
    public required string Audience { get; init; }

    /// <summary>Header to set, with the letter case in which it is sent over HTTP/1.1.</summary>
    public required string Header { get; init; }

    /// <summary>Whether the token is taken out of responses to requests in scope.</summary>
    public bool ScrubResponses { get; init; }

    /// <summary>Whether responses that cannot be searched are refused.</summary>
    public bool ScrubStrict { get; init; }

    /// <summary>Index of the rule set that says where the step acts.</summary>
    public required int Rules { get; init; }
}
