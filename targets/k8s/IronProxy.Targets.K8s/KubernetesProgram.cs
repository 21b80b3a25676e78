using System.Collections.Immutable;
using IronProxy.Targets.Documents;
using IronProxy.Targets.Files;
using IronProxy.Targets.Pulumi;

namespace IronProxy.Targets.K8s;

/// <summary>The manifests as resources of a Pulumi program. The plan is a file beside it.</summary>
internal static class KubernetesProgram
{
    public static ImmutableArray<DeploymentFile> Create(DeploymentRequest request, IEnumerable<YamlMap> manifests, PulumiLanguage language)
    {
        var program = new PulumiProgram(K8sNames.App, "iron-proxy in a cluster, with one compiled policy.");
        var namespaces = new Dictionary<string, PulumiReference>(StringComparer.Ordinal);
        foreach (var manifest in manifests)
        {
            var (kind, name, home) = (Text(manifest, "kind"), Text(manifest, "metadata", "name"), Text(manifest, "metadata", "namespace"));
            var resource = program.AddResource(
                VariableOf(kind, name),
                TokenOf(Text(manifest, "apiVersion"), kind),
                Properties(manifest, name),
                namespaces.TryGetValue(home, out var found) ? [found] : []);
            if (kind == "Namespace")
            {
                namespaces[name] = resource;
            }
        }

        return program.ToFiles(language).Add(new DeploymentFile(K8sNames.PlanFile, request.PlanJson));
    }

    private static PulumiMap Properties(YamlMap manifest, string name)
    {
        var properties = new PulumiMap();
        var isCustom = IsCustom(Text(manifest, "apiVersion"));
        foreach (var entry in manifest.Where(e => isCustom || e.Key is not ("apiVersion" or "kind")))
        {
            properties.Add(
                entry.Key,
                entry.Key == "data" && name == K8sNames.PlanConfigMap ? new PulumiMap { [K8sNames.PlanFile] = PulumiValue.FileText($"./{K8sNames.PlanFile}") } : PulumiValue.Of(entry.Value),
                entry.Comment);
        }

        return properties;
    }

    /// <summary>Such as kubernetes:apps/v1:Deployment; the group that has no name is called core.</summary>
    private static string TokenOf(string apiVersion, string kind) => IsCustom(apiVersion)
        ? "kubernetes:apiextensions.k8s.io:CustomResource"
        : $"kubernetes:{(apiVersion.Contains('/', StringComparison.Ordinal) ? apiVersion : "core/" + apiVersion)}:{kind}";

    /// <summary>What Kubernetes itself does not know: its token says nothing, its properties everything.</summary>
    private static bool IsCustom(string apiVersion) => apiVersion.StartsWith("monitoring.coreos.com/", StringComparison.Ordinal);

    private static string VariableOf(string kind, string name) =>
        char.ToLowerInvariant(kind[0]) + kind[1..] + string.Concat(name.Split('-', '.').Where(p => p.Length > 0).Select(p => char.ToUpperInvariant(p[0]) + p[1..]));

    /// <summary>The text at a path; empty where there is none.</summary>
    private static string Text(YamlMap map, params ReadOnlySpan<string> path)
    {
        foreach (var entry in map)
        {
            if (entry.Key == path[0])
            {
                return entry.Value is YamlMap inner ? Text(inner, path[1..]) : entry.Value.TextOrEmpty;
            }
        }

        return "";
    }
}
