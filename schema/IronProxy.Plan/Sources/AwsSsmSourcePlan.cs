using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A parameter of AWS Systems Manager.</summary>
public sealed record AwsSsmSourcePlan : StoreSourcePlan
{
    /// <summary>Type in proxy.yaml.</summary>
    public const string TypeName = "aws_ssm";

    /// <inheritdoc />
    [JsonIgnore]
    public override string Type => TypeName;

    /// <inheritdoc />
    [JsonIgnore]
    public override string DisplayName => Last(Name, ':');

    /// <inheritdoc />
    private protected override string Place => $"{Name} in AWS Systems Manager{(Region is { } region ? " of " + region : "")}";

    /// <inheritdoc />
    [JsonIgnore]
    public override AwsPermission Permission => AwsPermission.ToReadParameter(Name, Region);

    /// <summary>Name or ARN of the parameter.</summary>
    public required string Name { get; init; }

    /// <summary>Region of the parameter. Null leaves the choice to the environment of the proxy.</summary>
    public string? Region { get; init; }

    /// <summary>Whether a parameter of type SecureString is decrypted.</summary>
    public required bool WithDecryption { get; init; }
}
