using IronProxy.Targets.Documents;

namespace IronProxy.Targets.K8s;

/// <summary>The small manifests.</summary>
internal static class Manifests
{
    /// <summary>Label of a namespace that names the level.</summary>
    public const string SecurityLabel = "pod-security.kubernetes.io/enforce";

    /// <summary>The strictest level: not root, no capabilities, nothing of the host.</summary>
    public const string Restricted = "restricted";

    /// <summary>No level at all, which a container with CAP_NET_ADMIN needs.</summary>
    public const string Privileged = "privileged";

    public static YamlMap Metadata(string name, DocumentNode @namespace) => new() { ["name"] = name, ["namespace"] = @namespace, ["labels"] = AppLabels() };

    public static YamlMap AppLabels() => new() { [K8sNames.AppLabel] = K8sNames.App };

    /// <summary>
    /// A namespace whose pods the cluster itself holds to a level of the pod security standards. A pod that is root, has capabilities or
    /// uses the host's network is outside of any network policy.
    /// </summary>
    public static YamlMap Namespace(DocumentNode name, DocumentNode labels) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = new YamlMap
        {
            ["name"] = name,
            ["labels"] = labels,
        },
    };

    public static YamlMap Plan(DeploymentRequest request, K8sNames names) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = Metadata(K8sNames.PlanConfigMap, names.NamespaceValue),
        ["data"] = new YamlMap { [K8sNames.PlanFile] = names.Literal(System.Text.Encoding.UTF8.GetString(request.PlanJson.Span)) },
    };

    /// <summary>Draining nodes leaves at least one proxy, unless there is only one, which must not keep a node from draining.</summary>
    public static YamlMap DisruptionBudget(K8sNames names) => new()
    {
        ["apiVersion"] = "policy/v1",
        ["kind"] = "PodDisruptionBudget",
        ["metadata"] = Metadata(K8sNames.App, names.NamespaceValue),
        ["spec"] = new YamlMap
        {
            ["maxUnavailable"] = 1,
            ["selector"] = new YamlMap { ["matchLabels"] = AppLabels() },
        },
    };

    public static YamlMap Kustomization(IEnumerable<string> files) => new()
    {
        ["apiVersion"] = "kustomize.config.k8s.io/v1beta1",
        ["kind"] = "Kustomization",
        ["resources"] = new YamlList([.. files.Select(f => (DocumentNode)f)]),
    };
}
