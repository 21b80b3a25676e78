using System.Collections.Immutable;
using IronProxy.Compiler.Secrets.AwsSm;
using IronProxy.Compiler.Secrets.AwsSsm;
using IronProxy.Compiler.Secrets.Env;
using IronProxy.Compiler.Secrets.File;
using IronProxy.Compiler.Secrets.GcpSm;
using IronProxy.Compiler.Secrets.Kubernetes;
using IronProxy.Compiler.Secrets.OnePassword;
using IronProxy.Compiler.Secrets.OnePasswordConnect;
using IronProxy.Compiler.Secrets.VaultKv;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets;

/// <summary>The types of secret source. The order is the one in which messages list them.</summary>
internal static class SecretSourceRegistry
{
    /// <summary>All types.</summary>
    public static readonly ImmutableArray<SecretSourceKind> All =
    [
        SecretSourceKind.For<EnvSourceConfig>(EnvSourcePlan.TypeName, EnvSourceValidator.Validate, EnvSourceLowering.Lower),
        SecretSourceKind.For<FileSourceConfig>(FileSourcePlan.TypeName, FileSourceValidator.Validate, FileSourceLowering.Lower),
        SecretSourceKind.For<AwsSmSourceConfig>(AwsSmSourcePlan.TypeName, AwsSmSourceValidator.Validate, AwsSmSourceLowering.Lower),
        SecretSourceKind.For<AwsSsmSourceConfig>(AwsSsmSourcePlan.TypeName, AwsSsmSourceValidator.Validate, AwsSsmSourceLowering.Lower),
        SecretSourceKind.For<GcpSmSourceConfig>(GcpSmSourcePlan.TypeName, GcpSmSourceValidator.Validate, GcpSmSourceLowering.Lower),
        SecretSourceKind.For<OnePasswordSourceConfig>(OnePasswordSourcePlan.TypeName, OnePasswordSourceValidator.Validate, OnePasswordSourceLowering.Lower),
        SecretSourceKind.For<OnePasswordConnectSourceConfig>(OnePasswordConnectSourcePlan.TypeName, OnePasswordConnectSourceValidator.Validate, OnePasswordConnectSourceLowering.Lower),
        SecretSourceKind.For<VaultKvSourceConfig>(VaultKvSourcePlan.TypeName, VaultKvSourceValidator.Validate, VaultKvSourceLowering.Lower),
        SecretSourceKind.For<KubernetesSourceConfig>(KubernetesSourcePlan.TypeName, KubernetesSourceValidator.Validate, KubernetesSourceLowering.Lower),
    ];

    /// <summary>The type with a name, or null.</summary>
    public static SecretSourceKind? Find(string name) => All.FirstOrDefault(s => s.Name == name);
}
