using IronProxy.Targets.Documents;


namespace IronProxy.Targets.K8s;

/// <summary>The small manifests.</summary>
internal static class Manifests
{
    public static YamlMap Metadata(string name, string? @namespace) => @namespace is null
        ? new YamlMap { ["name"] = name }
        : new YamlMap { ["name"] = name, ["namespace"] = @namespace, ["labels"] = AppLabels() };

    public static YamlMap AppLabels() => new() { [K8sNames.AppLabel] = K8sNames.App };

    public static YamlMap Namespace(string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = Metadata(name, null),
    };

    public static YamlMap ConfigMap(string name, string @namespace, string key, string content) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = Metadata(name, @namespace),
        ["data"] = new YamlMap { [key] = content },
    };

    /// <summary>Draining nodes leaves at least one proxy, unless there is only one, which must not keep a node from draining.</summary>
    public static YamlMap DisruptionBudget(K8sNames names) => new()
    {
        ["apiVersion"] = "policy/v1",
        ["kind"] = "PodDisruptionBudget",
        ["metadata"] = Metadata(K8sNames.App, names.Namespace),
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
        ["resources"] = new YamlList([.. files.Select(f => (YamlNode)f)]),
    };
}
