using System.Text.Json.Nodes;
using IronProxy.Targets.Model;

namespace IronProxy.Targets.K8s;

/// <summary>The proxy's pods.</summary>
internal static class ProxyDeployment
{
    private const int FirstUnprivilegedPort = 1024;

    public static JsonObject Create(DeploymentRequest request, K8sNames names) => new()
    {
        ["apiVersion"] = "apps/v1",
        ["kind"] = "Deployment",
        ["metadata"] = Manifests.Metadata(K8sNames.App, names.Namespace),
        ["spec"] = new JsonObject
        {
            ["replicas"] = request.Options.Number("replicas"),

            // A new plan reaches the workloads without a moment in which there is no proxy.
            ["strategy"] = new JsonObject
            {
                ["type"] = "RollingUpdate",
                ["rollingUpdate"] = new JsonObject { ["maxSurge"] = 1, ["maxUnavailable"] = 0 },
            },
            ["selector"] = new JsonObject { ["matchLabels"] = Manifests.AppLabels() },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["labels"] = Manifests.AppLabels(),

                    // The pods are replaced when the plan changes: a config map alone would not do that.
                    ["annotations"] = new JsonObject { ["iron-proxy/plan"] = request.Plan.FileHash },
                },
                ["spec"] = Pod(request),
            },
        },
    };

    private static JsonObject Pod(DeploymentRequest request)
    {
        var pod = new JsonObject
        {
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,

            // The node's resolver: the proxy must not ask itself.
            ["dnsPolicy"] = "Default",
            ["securityContext"] = SecurityContext(request),
            ["containers"] = new JsonArray(Container(request)),
            ["volumes"] = new JsonArray([.. Volumes(request).Select(v => v.Volume)]),
            ["topologySpreadConstraints"] = new JsonArray(new JsonObject
            {
                ["maxSkew"] = 1,
                ["topologyKey"] = "kubernetes.io/hostname",
                ["whenUnsatisfiable"] = "ScheduleAnyway",
                ["labelSelector"] = new JsonObject { ["matchLabels"] = Manifests.AppLabels() },
            }),
        };
        return pod;
    }

    private static JsonObject SecurityContext(DeploymentRequest request)
    {
        var context = new JsonObject
        {
            ["runAsNonRoot"] = true,
            ["runAsUser"] = K8sNames.User,
            ["runAsGroup"] = K8sNames.User,
            ["fsGroup"] = K8sNames.User,
            ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
        };
        if (request.Model.Listeners.Any(l => l.Port < FirstUnprivilegedPort))
        {
            // Kubernetes gives no ambient capabilities, so this is how a process that is not root binds low ports.
            context["sysctls"] = new JsonArray(new JsonObject { ["name"] = "net.ipv4.ip_unprivileged_port_start", ["value"] = "0" });
        }

        return context;
    }

    private static JsonObject Container(DeploymentRequest request)
    {
        var metrics = request.Model.Listener(ListenerRole.Metrics) is not null;
        var container = new JsonObject
        {
            ["name"] = K8sNames.App,
            ["image"] = request.Options["image"],
            ["args"] = new JsonArray("-plan", $"{K8sNames.PlanFolder}/{K8sNames.PlanFile}"),
            ["ports"] = new JsonArray([.. request.Model.Listeners.SelectMany(Ports)]),
            ["env"] = new JsonArray([.. request.Model.Variables.Select(v => (JsonNode)Variable(v.Name)), new JsonObject { ["name"] = "DOTNET_EnableDiagnostics", ["value"] = "0" }]),
        };
        if (metrics)
        {
            container["startupProbe"] = Probe("/readyz", periodSeconds: 1, failureThreshold: 60);
            container["readinessProbe"] = Probe("/readyz", periodSeconds: 5, failureThreshold: 2);
            container["livenessProbe"] = Probe("/healthz", periodSeconds: 10, failureThreshold: 3);
        }

        container["resources"] = new JsonObject
        {
            ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "128Mi" },
            ["limits"] = new JsonObject { ["memory"] = "512Mi" },
        };
        container["securityContext"] = new JsonObject
        {
            ["allowPrivilegeEscalation"] = false,
            ["readOnlyRootFilesystem"] = true,
            ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
        };
        container["volumeMounts"] = new JsonArray([.. Volumes(request).Select(v => (JsonNode)new JsonObject { ["name"] = v.Name, ["mountPath"] = v.Folder, ["readOnly"] = v.Name != "tmp" })]);
        return container;
    }

    private static JsonObject Variable(string name) => new()
    {
        ["name"] = name,
        ["valueFrom"] = new JsonObject { ["secretKeyRef"] = new JsonObject { ["name"] = K8sNames.VariablesSecret, ["key"] = name } },
    };

    private static IEnumerable<JsonNode> Ports(DeploymentListener listener) => listener.Role == ListenerRole.Dns
        ? [Port("dns-udp", listener.Port, "UDP"), Port("dns-tcp", listener.Port, "TCP")]
        : [Port(K8sNames.PortName(listener.Role), listener.Port, "TCP")];

    private static JsonObject Port(string name, int port, string protocol) => new() { ["name"] = name, ["containerPort"] = port, ["protocol"] = protocol };

    private static JsonObject Probe(string path, int periodSeconds, int failureThreshold) => new()
    {
        ["httpGet"] = new JsonObject { ["path"] = path, ["port"] = "metrics" },
        ["periodSeconds"] = periodSeconds,
        ["failureThreshold"] = failureThreshold,
    };

    /// <summary>Folders of the pod: the plan, the CA, files with secrets, and a place for temporary files.</summary>
    private static IEnumerable<(string Name, string Folder, JsonNode Volume)> Volumes(DeploymentRequest request)
    {
        yield return ("plan", K8sNames.PlanFolder, new JsonObject { ["name"] = "plan", ["configMap"] = new JsonObject { ["name"] = "iron-proxy-plan" } });
        yield return ("tmp", "/tmp", new JsonObject { ["name"] = "tmp", ["emptyDir"] = new JsonObject { ["sizeLimit"] = "64Mi" } });
        if (request.Model.Ca is { } ca)
        {
            yield return OfSecret("ca", K8sNames.CaSecret, [ca.Certificate, ca.Key]);
        }

        var folders = request.Model.Files.Select(f => f.Name).GroupBy(K8sNames.FolderOf, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal);
        foreach (var (index, folder) in folders.Index())
        {
            yield return OfSecret($"files-{index}", K8sNames.FilesSecret, [.. folder]);
        }
    }

    private static (string Name, string Folder, JsonNode Volume) OfSecret(string name, string secret, string[] paths) => (name, K8sNames.FolderOf(paths[0]), new JsonObject
    {
        ["name"] = name,
        ["secret"] = new JsonObject
        {
            ["secretName"] = secret,

            // Readable to the group of the pod (fsGroup) and nobody else.
            ["defaultMode"] = Convert.ToInt32("440", 8),
            ["items"] = new JsonArray([.. paths.Distinct(StringComparer.Ordinal).Select(p => (JsonNode)new JsonObject { ["key"] = K8sNames.BaseName(p), ["path"] = K8sNames.BaseName(p) })]),
        },
    });
}
