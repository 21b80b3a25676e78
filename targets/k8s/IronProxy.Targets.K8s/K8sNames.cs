using IronProxy.Plan;
using IronProxy.Targets.Documents;

namespace IronProxy.Targets.K8s;

/// <summary>
/// The names and numbers that manifests and README share. In a chart some are left to the values of who installs it: those are expressions
/// of Helm's templates there, and what the options say elsewhere.
/// </summary>
internal sealed class K8sNames(DeploymentRequest request, bool isTemplate = false)
{
    /// <summary>Key of the plan in its config map, and its file name in the pod.</summary>
    public const string PlanFile = "proxy.plan.json";

    /// <summary>That config map.</summary>
    public const string PlanConfigMap = "iron-proxy-plan";

    /// <summary>Folder of the plan in the pod. A folder is mounted, not a file: a file (subPath) would not follow changes.</summary>
    public const string PlanFolder = "/plan";

    /// <summary>Secret with the CA, in the proxy's namespace.</summary>
    public const string CaSecret = "iron-proxy-ca";

    /// <summary>Config map with the CA's certificate, in the workloads' namespace.</summary>
    public const string CaConfigMap = "iron-proxy-ca-certificate";

    /// <summary>Secret whose keys are the variables that the plan names.</summary>
    public const string VariablesSecret = "iron-proxy-secrets";

    /// <summary>Secret whose keys are the base names of the files that the plan names.</summary>
    public const string FilesSecret = "iron-proxy-files";

    /// <summary>Label that the proxy's pods carry.</summary>
    public const string AppLabel = "app.kubernetes.io/name";

    /// <summary>Its value, and the name of what belongs to the proxy.</summary>
    public const string App = "iron-proxy";

    public const string CpuRequest = "100m";
    public const string MemoryRequest = "128Mi";
    public const string MemoryLimit = "512Mi";

    /// <summary>The user that the proxy runs as: nobody's on a host.</summary>
    public const int User = 10001;

    /// <summary>Whether manifests are templates of a chart.</summary>
    public bool IsTemplate => isTemplate;

    /// <summary>Whether the proxy runs in the workload's pod.</summary>
    public bool IsSidecar { get; } = request.Options["mode"] == "sidecar";

    /// <summary>Namespace of the proxy: a sidecar has the workload's.</summary>
    public string Namespace { get; } = request.Options[request.Options["mode"] == "sidecar" ? "workload_namespace" : "namespace"];

    public string WorkloadNamespace { get; } = request.Options["workload_namespace"];

    /// <summary>Labels of the pods that the proxy is in.</summary>
    public YamlMap ProxyLabels() => IsSidecar ? new YamlMap { [WorkloadLabel] = App } : Manifests.AppLabels();

    /// <summary>The image, in manifests.</summary>
    public DocumentNode Image => Value("image", request.Options["image"]);

    /// <summary>How many proxies there are, in manifests.</summary>
    public DocumentNode Replicas => isTemplate ? DocumentNode.Verbatim("{{ .Values.replicas }}") : request.Options.Number("replicas");

    /// <summary>The proxy's namespace, in manifests.</summary>
    public DocumentNode NamespaceValue => IsSidecar ? WorkloadNamespaceValue : isTemplate ? DocumentNode.Verbatim("{{ printf \"%q\" .Release.Namespace }}") : Namespace;

    /// <summary>The workloads' namespace, in manifests.</summary>
    public DocumentNode WorkloadNamespaceValue => Value("workloads.namespace", WorkloadNamespace);

    /// <summary>What the proxy may use, in manifests.</summary>
    public YamlMap Resources => new()
    {
        ["requests"] = isTemplate ? Quantities("resources.requests") : new YamlMap { ["cpu"] = CpuRequest, ["memory"] = MemoryRequest },
        ["limits"] = isTemplate ? Quantities("resources.limits") : new YamlMap { ["memory"] = MemoryLimit },
    };

    public string WorkloadLabel { get; } = request.Options["workload_label"];

    /// <summary>Whether rules in the pod hold the workload of a sidecar.</summary>
    public bool HasFirewall { get; } = request.Options["mode"] == "sidecar" && request.Options.Switch("firewall");

    /// <summary>What the proxy's DNS answers with: the service's address, or loopback.</summary>
    public string ProxyAddress { get; } = request.Model.ProxyIp ?? throw new System.Diagnostics.UnreachableException();

    /// <summary>Labels of the workloads' namespace, in manifests.</summary>
    public DocumentNode NamespaceLabels(string level) => isTemplate
        ? Quantities("workloads.namespaceLabels")
        : new YamlMap { [Manifests.SecurityLabel] = level };

    /// <summary>Text that Helm's templates leave as it is.</summary>
    public string Literal(string text) => isTemplate ? text.Replace("{{", "{{`{{`}}", StringComparison.Ordinal) : text;

    private DocumentNode Value(string key, string value) => isTemplate ? DocumentNode.Verbatim($"{{{{ printf \"%q\" .Values.{key} }}}}") : value;

    /// <summary>A map of the values, as text. YAML allows the comma behind the last entry.</summary>
    private static DocumentNode Quantities(string key) =>
        DocumentNode.Verbatim($"{{ {{{{ range $name, $value := .Values.{key} }}}}{{{{ $name }}}}: {{{{ printf \"%q\" (printf \"%v\" $value) }}}}, {{{{ end }}}}}}");

    /// <summary>What the template of the README is filled with.</summary>
    public Dictionary<string, object?> ForReadme() => new()
    {
        ["namespace"] = Namespace,
        ["workload_namespace"] = WorkloadNamespace,
        ["workload_label"] = WorkloadLabel,
        ["service_address"] = ProxyAddress,
        ["is_sidecar"] = IsSidecar,
        ["has_firewall"] = HasFirewall,
        ["is_kustomize"] = request.Options["form"] == "kustomize",
        ["is_chart"] = request.Options["form"] == "helm",
        ["is_pulumi"] = request.Options["form"].StartsWith("pulumi", StringComparison.Ordinal),
        ["is_typescript"] = request.Options["form"] == "pulumi-typescript",
        ["makes_namespace_late"] = request.Options["form"] == "helm" && !IsSidecar && request.Model.Ca is not null,
        ["level"] = HasFirewall ? Manifests.Privileged : Manifests.Restricted,
        ["has_monitor"] = request.Options.Switch("service_monitor"),
        ["monitoring_namespace"] = request.Options["monitoring_namespace"],
        ["cni"] = request.Options["cni"],
        ["has_policy"] = request.Options.Switch("network_policy"),
        ["image"] = request.Options["image"],
        ["variables"] = request.Model.Variables.Select(v => v.Name).ToArray(),
        ["has_variables"] = request.Model.Variables.Length > 0,
        ["files"] = request.Model.Files.Select(f => new Dictionary<string, object?> { ["key"] = BaseName(f.Name) }).ToArray(),
        ["has_files"] = request.Model.Files.Length > 0,
        ["cluster_secrets"] = request.Model.ClusterSecrets.Select(s => $"{s.Namespace ?? Namespace}/{s.Name}").Distinct(StringComparer.Ordinal).ToArray(),
        ["has_cluster_secrets"] = request.Model.ClusterSecrets.Length > 0,
        ["has_ca"] = request.Model.Ca is not null,
        ["ca_certificate_key"] = request.Model.Ca is { } ca ? BaseName(ca.Certificate) : "",
        ["ca_key_key"] = request.Model.Ca is { } key ? BaseName(key.Key) : "",
    };

    public static string BaseName(string path) => path[(path.LastIndexOf('/') + 1)..];

    public static string PortName(ListenerRole role) => role.ToString().ToLowerInvariant();
}
