using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using IronProxy.Targets.Documents;
using IronProxy.Targets.Files;

namespace IronProxy.Targets.K8s;

/// <summary>
/// The manifests as a chart. Its templates use nothing but what Go's own templates have, so that what they become can be seen without
/// Helm; what a release decides (its namespace, the image, how many proxies) are values.
/// </summary>
internal static class HelmChart
{
    /// <summary>The chart's folder in the deployment's.</summary>
    public const string Folder = "chart";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    public static ImmutableArray<DeploymentFile> Create(DeploymentRequest request, K8sNames names, IEnumerable<(string File, YamlMap[] Documents)> manifests, string level) =>
    [
        DeploymentFile.OfText($"{Folder}/Chart.yaml", YamlPrinter.Print(Chart(), spaced: false)),
        DeploymentFile.OfText($"{Folder}/values.yaml", YamlPrinter.Print(Values(request, names, level), spaced: false)),
        DeploymentFile.OfText($"{Folder}/values.schema.json", Schema(names).ToJsonString(Indented) + "\n"),
        .. manifests.Select(m => DeploymentFile.OfText($"{Folder}/templates/{m.File}", Template(m.File, m.Documents))),
    ];

    private static string Template(string file, YamlMap[] documents) => file == K8sTarget.NamespacesFile
        ? $"{{{{- if .Values.workloads.createNamespace }}}}\n{YamlPrinter.Print(documents)}{{{{- end }}}}\n"
        : YamlPrinter.Print(documents);

    private static YamlMap Chart() => new()
    {
        { "apiVersion", "v2" },
        { "name", K8sNames.App },
        { "description", "iron-proxy with one compiled policy" },
        { "type", "application" },
        { "version", ProductVersion.Text },
        { "appVersion", ProductVersion.Text },
        { "kubeVersion", ">=1.22.0-0", "From then on the sysctl for low ports is one of the safe ones, and namespaces carry their name as a label." },
    };

    private static YamlMap Values(DeploymentRequest request, K8sNames names, string level)
    {
        var values = new YamlMap
        {
            { "image", request.Options["image"], "The image that the target image builds." },
        };
        if (!names.IsSidecar)
        {
            values.Add("replicas", request.Options.Number("replicas"), "How many proxies share the work.");
            values.Add("resources", names.Resources, "What each of them may use.");
        }

        values["workloads"] = new YamlMap
        {
            { "namespace", names.WorkloadNamespace, "Namespace of the workloads." },
            { "createNamespace", !names.IsSidecar, names.IsSidecar ? "Whether the chart makes it. That of the release is there before it." : "Whether the chart makes it." },
            { "namespaceLabels", names.NamespaceLabels(level), "The level of the pod security standards that the cluster holds its pods to." },
        };
        return values;
    }

    private static JsonObject Schema(K8sNames names)
    {
        var properties = new JsonObject { ["image"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[a-z0-9]" } };
        if (!names.IsSidecar)
        {
            properties["replicas"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = 100 };
            properties["resources"] = Object(new JsonObject { ["requests"] = Texts(), ["limits"] = Texts() });
        }

        properties["workloads"] = Object(new JsonObject
        {
            ["namespace"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" },
            ["createNamespace"] = new JsonObject { ["type"] = "boolean" },
            ["namespaceLabels"] = Texts(),
        });

        // 'global' is what Helm hands to a chart that is part of another one.
        var schema = Object(properties);
        properties["global"] = new JsonObject { ["type"] = "object" };
        schema["$schema"] = "http://json-schema.org/draft-07/schema#";
        return schema;
    }

    /// <summary>A map that must have all of these.</summary>
    private static JsonObject Object(JsonObject properties) => new()
    {
        ["type"] = "object",
        ["additionalProperties"] = false,
        ["required"] = new JsonArray([.. properties.Select(p => (JsonNode)p.Key)]),
        ["properties"] = properties,
    };

    private static JsonObject Texts() => new()
    {
        ["type"] = "object",
        ["additionalProperties"] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") },
    };
}
