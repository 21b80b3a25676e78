using IronProxy.Plan;
using IronProxy.Targets.Documents;
using IronProxy.Targets.Model;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.K8s;

/// <summary>The proxy's container, in a pod of its own or in the workload's, and what that pod needs for it.</summary>
internal static class ProxyContainer
{
    /// <summary>Adds what the pod's security context needs.</summary>
    public static void AddSysctls(YamlMap context, DeploymentRequest request)
    {
        if (request.Model.Listeners.Any(l => l.IsPrivileged))
        {
            context.Add(
                "sysctls",
                new YamlList { new YamlMap { ["name"] = "net.ipv4.ip_unprivileged_port_start", ["value"] = "0" } },
                "Kubernetes gives no ambient capabilities: this is how a process that is not root binds ports below 1024.");
        }
    }

    public static YamlMap Create(DeploymentRequest request, K8sNames names)
    {
        var metrics = request.Model.Listener(ListenerRole.Metrics) is not null;
        var container = new YamlMap { ["name"] = K8sNames.App, ["image"] = names.Image };
        if (names.IsSidecar)
        {
            container.Add("restartPolicy", "Always", "A native sidecar (Kubernetes 1.29): it is ready before the workload starts, and ends after it. Older clusters never start the pod.");
        }

        container["args"] = new YamlList("-plan", $"{K8sNames.PlanFolder}/{K8sNames.PlanFile}");
        container["ports"] = new YamlList([.. request.Model.Listeners.SelectMany(Ports)]);
        container["env"] = new YamlList([.. request.Model.Variables.Select(v => (DocumentNode)Variable(v.Name)), new YamlMap { ["name"] = "DOTNET_EnableDiagnostics", ["value"] = "0" }]);
        if (metrics)
        {
            container["startupProbe"] = Probe("/readyz", periodSeconds: 1, failureThreshold: 60);
            container["readinessProbe"] = Probe("/readyz", periodSeconds: 5, failureThreshold: 2);
            container["livenessProbe"] = Probe("/healthz", periodSeconds: 10, failureThreshold: 3);
        }

        container["resources"] = names.Resources;
        var security = new YamlMap();
        if (names.IsSidecar)
        {
            security.Add("runAsUser", K8sNames.User, "The rules let this user out and no other: nothing else in the pod may have it.");
            security["runAsGroup"] = K8sNames.User;
        }

        security["allowPrivilegeEscalation"] = false;
        security["readOnlyRootFilesystem"] = true;
        security["capabilities"] = new YamlMap { ["drop"] = new YamlList("ALL") };
        container["securityContext"] = security;
        container["volumeMounts"] = new YamlList([.. Volumes(request).Select(v => (DocumentNode)new YamlMap { ["name"] = v.Name, ["mountPath"] = v.Folder, ["readOnly"] = v.Name != "tmp" })]);
        return container;
    }

    private static YamlMap Variable(string name) => new()
    {
        ["name"] = name,
        ["valueFrom"] = new YamlMap { ["secretKeyRef"] = new YamlMap { ["name"] = K8sNames.VariablesSecret, ["key"] = name } },
    };

    private static IEnumerable<DocumentNode> Ports(DeploymentListener listener) => listener.Role == ListenerRole.Dns
        ? [Port("dns-udp", listener.Port, "UDP"), Port("dns-tcp", listener.Port, "TCP")]
        : [Port(K8sNames.PortName(listener.Role), listener.Port, "TCP")];

    private static YamlMap Port(string name, int port, string protocol) => new() { ["name"] = name, ["containerPort"] = port, ["protocol"] = protocol };

    private static YamlMap Probe(string path, int periodSeconds, int failureThreshold) => new()
    {
        ["httpGet"] = new YamlMap { ["path"] = path, ["port"] = "metrics" },
        ["periodSeconds"] = periodSeconds,
        ["failureThreshold"] = failureThreshold,
    };

    /// <summary>Folders of the pod: the plan, the CA, files with secrets, and a place for temporary files.</summary>
    public static IEnumerable<(string Name, string Folder, DocumentNode Volume)> Volumes(DeploymentRequest request)
    {
        yield return ("plan", K8sNames.PlanFolder, new YamlMap { ["name"] = "plan", ["configMap"] = new YamlMap { ["name"] = K8sNames.PlanConfigMap } });
        yield return ("tmp", "/tmp", new YamlMap { ["name"] = "tmp", ["emptyDir"] = new YamlMap { ["sizeLimit"] = "64Mi" } });
        if (request.Model.Ca is { } ca)
        {
            yield return OfSecret("ca", K8sNames.CaSecret, [ca.Certificate, ca.Key]);
        }

        var folders = request.Model.Files.Select(f => f.Name).GroupBy(ContainerPaths.FolderOf, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal);
        foreach (var (index, folder) in folders.Index())
        {
            yield return OfSecret($"files-{index}", K8sNames.FilesSecret, [.. folder]);
        }

        if (ApiAccess.IsNeeded(request))
        {
            yield return ("api-access", ApiAccess.Folder, ApiAccess.Volume());
        }
    }

    private static (string Name, string Folder, DocumentNode Volume) OfSecret(string name, string secret, string[] paths) => (name, ContainerPaths.FolderOf(paths[0]), new YamlMap
    {
        ["name"] = name,
        ["secret"] = new YamlMap
        {
            ["secretName"] = secret,

            // Readable to the group of the pod (fsGroup) and nobody else.
            ["defaultMode"] = Convert.ToInt32("440", 8),
            ["items"] = new YamlList([.. paths.Distinct(StringComparer.Ordinal).Select(p => (DocumentNode)new YamlMap { ["key"] = K8sNames.BaseName(p), ["path"] = K8sNames.BaseName(p) })]),
        },
    });
}
