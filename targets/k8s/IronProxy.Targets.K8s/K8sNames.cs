using IronProxy.Targets.Model;

namespace IronProxy.Targets.K8s;

/// <summary>The names and numbers that manifests and README share.</summary>
internal sealed class K8sNames(DeploymentRequest request)
{
    /// <summary>Key of the plan in its config map, and its file name in the pod.</summary>
    public const string PlanFile = "proxy.plan.json";

    /// <summary>Folder of the plan in the pod. A folder is mounted, not a file: a file (subPath) would not follow changes.</summary>
    public const string PlanFolder = "/plan";

    /// <summary>Secret with the CA, in the proxy's namespace.</summary>
    public const string CaSecret = "iron-proxy-ca";

    /// <summary>Config map with the CA's certificate, in the workloads' namespace.</summary>
    public const string CaConfigMap = "iron-proxy-ca";

    /// <summary>Secret whose keys are the variables that the plan names.</summary>
    public const string VariablesSecret = "iron-proxy-secrets";

    /// <summary>Secret whose keys are the base names of the files that the plan names.</summary>
    public const string FilesSecret = "iron-proxy-files";

    /// <summary>Label that the proxy's pods carry.</summary>
    public const string AppLabel = "app.kubernetes.io/name";

    /// <summary>Its value, and the name of what belongs to the proxy.</summary>
    public const string App = "iron-proxy";

    /// <summary>The user that the proxy runs as: nobody's on a host.</summary>
    public const int User = 10001;

    /// <summary>Whether the proxy runs in the workload's pod.</summary>
    public bool IsSidecar { get; } = request.Options["mode"] == "sidecar";

    /// <summary>Namespace of the proxy: a sidecar has the workload's.</summary>
    public string Namespace { get; } = request.Options[request.Options["mode"] == "sidecar" ? "workload_namespace" : "namespace"];

    public string WorkloadNamespace { get; } = request.Options["workload_namespace"];

    public string WorkloadLabel { get; } = request.Options["workload_label"];

    /// <summary>Whether rules in the pod hold the workload of a sidecar.</summary>
    public bool HasFirewall { get; } = request.Options["mode"] == "sidecar" && request.Options.Switch("firewall");

    /// <summary>What the proxy's DNS answers with: the service's address, or loopback.</summary>
    public string ProxyAddress { get; } = request.Model.ProxyIp ?? throw new System.Diagnostics.UnreachableException();

    /// <summary>What the template of the README is filled with.</summary>
    public object ForReadme() => new
    {
        Namespace,
        WorkloadNamespace,
        WorkloadLabel,
        ServiceAddress = ProxyAddress,
        IsSidecar,
        HasFirewall,
        HasPolicy = request.Options.Switch("network_policy"),
        Image = request.Options["image"],
        Variables = request.Model.Variables.Select(v => v.Name).ToArray(),
        HasVariables = request.Model.Variables.Length > 0,
        Files = request.Model.Files.Select(f => new { f.Name, Key = BaseName(f.Name) }).ToArray(),
        HasFiles = request.Model.Files.Length > 0,
        HasCa = request.Model.Ca is not null,
        CaCertificateKey = request.Model.Ca is { } ca ? BaseName(ca.Certificate) : "",
        CaKeyKey = request.Model.Ca is { } key ? BaseName(key.Key) : "",
    };

    public static string BaseName(string path) => path[(path.LastIndexOf('/') + 1)..];

    public static string FolderOf(string path) => path[..Math.Max(1, path.LastIndexOf('/'))];

    public static string PortName(ListenerRole role) => role.ToString().ToLowerInvariant();
}
