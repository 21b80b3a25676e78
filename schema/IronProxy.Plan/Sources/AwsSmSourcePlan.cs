using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A secret of AWS Secrets Manager.</summary>
public sealed record AwsSmSourcePlan : StoreSourcePlan
{
    /// <summary>Type in proxy.yaml.</summary>
    public const string TypeName = "aws_sm";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string DisplayName => Last(SecretId, ':');

    /// <inheritdoc />
    private protected override string Place => $"{SecretId} in AWS Secrets Manager{(Region is { } region ? " of " + region : "")}";

    /// <inheritdoc />
    [JsonIgnore]
    public override AwsPermission Permission => AwsPermission.ToReadSecret(SecretId, Region);

    /// <summary>ARN or name of the secret.</summary>
    public required string SecretId { get; init; }

    /// <summary>Region of the secret. Null leaves the choice to the environment of the proxy.</summary>
    public string? Region { get; init; }
}
