using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms;

/// <summary>Credentials that the machine has, instead of a key in a secret store.</summary>
internal sealed record ProviderConfig : ConfigRecord
{
    /// <summary>The only type of provider.</summary>
    public const string WorkloadIdentity = "workload_identity";

    /// <summary>Type of the provider: the identity of the workload that the proxy is.</summary>
    [Key("type", Required = true, OneOf = [WorkloadIdentity])]
    public Located<string>? Type { get; init; }
}
