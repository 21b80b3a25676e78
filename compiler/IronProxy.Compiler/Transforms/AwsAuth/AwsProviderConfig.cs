using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.AwsAuth;

/// <summary>Credentials that the machine has, as AWS SDKs find them.</summary>
internal sealed record AwsProviderConfig : ConfigRecord
{
    /// <summary>Type of the provider: the identity of the workload that the proxy is.</summary>
    [Key("type", Required = true, OneOf = [ProviderConfig.WorkloadIdentity])]
    public Located<string>? Type { get; init; }

    /// <summary>Region, such as us-east-1. What the environment of the proxy says when absent.</summary>
    [Key("region")]
    public Located<string>? Region { get; init; }
}
