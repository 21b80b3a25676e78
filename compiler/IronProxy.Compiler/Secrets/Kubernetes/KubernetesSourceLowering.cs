using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.Kubernetes;

/// <summary>Lowers a source in a Secret of Kubernetes.</summary>
internal static class KubernetesSourceLowering
{
    public static KubernetesSourcePlan Lower(KubernetesSourceConfig config, LoweringContext context) => new()
    {
        Name = config.Name.Checked().Value,
        Namespace = config.Namespace?.Value,
        Key = config.Key.Checked().Value,
        TtlMs = StoreSourceLowering.Ttl(config, context),
        FailureTtlMs = StoreSourceLowering.FailureTtl(config, context),
        At = config.At,
    };
}
