using IronProxy.Compiler.Binding;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.Kubernetes;

/// <summary>Reads a key of a Secret of Kubernetes, by the API of the cluster and with the service account of the proxy's pod. One line break at its end is not part of the value.</summary>
internal sealed record KubernetesSourceConfig : StoreSourceConfig
{
    /// <summary>Type of the source.</summary>
    [Key("type", Required = true, OneOf = [KubernetesSourcePlan.TypeName])]
    public Located<string>? Type { get; init; }

    /// <summary>Name of the Secret.</summary>
    [Key("name", Required = true)]
    public Located<string>? Name { get; init; }

    /// <summary>Namespace of the Secret. That of the proxy's pod when absent.</summary>
    [Key("namespace")]
    public Located<string>? Namespace { get; init; }

    /// <summary>Key of the Secret's data.</summary>
    [Key("key", Required = true)]
    public Located<string>? Key { get; init; }
}
