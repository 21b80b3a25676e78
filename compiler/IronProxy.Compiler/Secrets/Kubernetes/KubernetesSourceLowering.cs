using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Values;
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
        TtlMs = config.Ttl is { } ttl ? DurationText.ParseMilliseconds(ttl, context.Repeated).Checked() : 0,
        At = config.At,
    };
}
