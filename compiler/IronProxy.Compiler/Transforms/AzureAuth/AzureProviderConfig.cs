using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.AzureAuth;

/// <summary>Credentials that a machine of Azure has, instead of some in a secret store.</summary>
internal sealed record AzureProviderConfig : ConfigRecord
{
    /// <summary>A token of the cluster's issuer, in a file that the environment names.</summary>
    public const string WorkloadIdentity = "workload_identity";

    /// <summary>A token that the machine is given by Azure.</summary>
    public const string ManagedIdentity = "managed_identity";

    /// <summary>Type of the provider: workload_identity reads AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID and AZURE_CLIENT_ID, as pods of AKS have them; managed_identity asks the metadata server, or IDENTITY_ENDPOINT.</summary>
    [Key("type", Required = true, OneOf = [WorkloadIdentity, ManagedIdentity])]
    public Located<string>? Type { get; init; }
}
