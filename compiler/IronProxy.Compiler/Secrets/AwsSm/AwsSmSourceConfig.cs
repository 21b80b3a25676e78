using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.AwsSm;

/// <summary>Reads a secret from AWS Secrets Manager.</summary>
internal sealed record AwsSmSourceConfig : StoreSourceConfig
{
    /// <summary>Type of the source.</summary>
    [Key("type", Required = true, OneOf = [AwsSmSourcePlan.TypeName])]
    public Located<string>? Type { get; init; }

    /// <summary>ARN or name of the secret.</summary>
    [Key("secret_id", Required = true)]
    public Located<string>? SecretId { get; init; }

    /// <summary>Region, such as us-east-1. What the environment of the proxy says when absent.</summary>
    [Key("region")]
    public Located<string>? Region { get; init; }
}
