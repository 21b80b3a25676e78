using System.Text.Json.Nodes;

namespace IronProxy.Targets.K8s;

/// <summary>The small manifests.</summary>
internal static class Manifests
{
    public static JsonObject Metadata(string name, string? @namespace) => @namespace is null
        ? new JsonObject { ["name"] = name }
        : new JsonObject { ["name"] = name, ["namespace"] = @namespace, ["labels"] = AppLabels() };

    public static JsonObject AppLabels() => new() { [K8sNames.AppLabel] = K8sNames.App };

    public static JsonObject Namespace(string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = Metadata(name, null),
    };

    public static JsonObject ConfigMap(string name, string @namespace, string key, string content) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = Metadata(name, @namespace),
        ["data"] = new JsonObject { [key] = content },
    };

    /// <summary>Draining nodes leaves at least one proxy, unless there is only one, which must not keep a node from draining.</summary>
    public static JsonObject DisruptionBudget(K8sNames names) => new()
    {
        ["apiVersion"] = "policy/v1",
        ["kind"] = "PodDisruptionBudget",
        ["metadata"] = Metadata(K8sNames.App, names.Namespace),
        ["spec"] = new JsonObject
        {
            ["maxUnavailable"] = 1,
            ["selector"] = new JsonObject { ["matchLabels"] = AppLabels() },
        },
    };

    public static JsonObject Kustomization(IEnumerable<string> files) => new()
    {
        ["apiVersion"] = "kustomize.config.k8s.io/v1beta1",
        ["kind"] = "Kustomization",
        ["resources"] = new JsonArray([.. files.Select(f => (JsonNode)f)]),
    };
}
