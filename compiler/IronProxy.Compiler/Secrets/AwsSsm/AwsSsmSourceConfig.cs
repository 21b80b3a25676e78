using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.AwsSsm;

/// <summary>Reads a secret from a parameter of AWS Systems Manager.</summary>
internal sealed record AwsSsmSourceConfig : StoreSourceConfig
{
    /// <summary>Type of the source.</summary>
    [Key("type", Required = true, OneOf = [AwsSsmSourcePlan.TypeName])]
    public Located<string>? Type { get; init; }

    /// <summary>Name or ARN of the parameter.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>Region, such as us-east-1. What the environment of the proxy says when absent.</summary>
    [Key("region")]
    public Located<string>? Region { get; init; }

    /// <summary>Whether a parameter of type SecureString is decrypted.</summary>
    [Key("with_decryption", Default = true)]
    public Located<bool>? WithDecryption { get; init; }
}
