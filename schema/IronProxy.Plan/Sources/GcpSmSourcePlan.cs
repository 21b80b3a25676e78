using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A secret of Google Secret Manager.</summary>
public sealed record GcpSmSourcePlan : StoreSourcePlan
{
    /// <summary>Type in proxy.yaml.</summary>
    public const string TypeName = "gcp_sm";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string DisplayName => SecretId.Split('/') is [_, _, _, var name, ..] ? name : SecretId;

    /// <inheritdoc />
    private protected override string Place => $"{SecretId} in Google Secret Manager";

    /// <summary>Name of the version, as <c>projects/PROJECT/secrets/NAME/versions/VERSION</c>.</summary>
    public required string SecretId { get; init; }
}
