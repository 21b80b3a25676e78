using IronProxy.Targets.Documents;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.K8s;

/// <summary>
/// A workload as it should be: it asks the proxy for names, trusts its CA, and carries the label that closes it in. With a sidecar the
/// proxy, and the rules that hold everyone else, are in the same pod.
/// </summary>
internal static class ExampleWorkload
{
    private const string Trust = "/trust";
    private const string CaFolder = "/ca";

    public static YamlMap Create(DeploymentRequest request, K8sNames names)
    {
        var init = InitContainers(request, names).ToArray();
        var volumes = Volumes(request, names).ToArray();
        var spec = new YamlMap
        {
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
            ["dnsPolicy"] = "None",
            ["dnsConfig"] = new YamlMap { ["nameservers"] = new YamlList(names.ProxyAddress) },
            ["securityContext"] = PodSecurity(request, names),
        };
        if (init.Length > 0)
        {
            spec["initContainers"] = new YamlList(init);
        }

        spec["containers"] = new YamlList(Workload(request));
        if (volumes.Length > 0)
        {
            spec["volumes"] = new YamlList(volumes);
        }

        static YamlMap Name() => new() { [K8sNames.AppLabel] = "example-workload" };
        return new YamlMap
        {
            { "apiVersion", "apps/v1" },
            { "kind", "Deployment", "Not a pod of its own: some plugins (the VPC CNI of Amazon EKS) apply network policies to pods alone that something owns." },
            { "metadata", new YamlMap { ["name"] = "example-workload", ["namespace"] = names.WorkloadNamespace } },
            {
                "spec", new YamlMap
                {
                    ["replicas"] = 1,
                    ["selector"] = new YamlMap { ["matchLabels"] = Name() },
                    ["template"] = new YamlMap
                    {
                        ["metadata"] = new YamlMap { ["labels"] = new YamlMap { [names.WorkloadLabel] = K8sNames.App, [K8sNames.AppLabel] = "example-workload" } },
                        ["spec"] = spec,
                    },
                }
            },
        };
    }

    private static YamlMap PodSecurity(DeploymentRequest request, K8sNames names)
    {
        var context = new YamlMap
        {
            ["runAsNonRoot"] = true,
            ["runAsUser"] = 1000,
            ["seccompProfile"] = new YamlMap { ["type"] = "RuntimeDefault" },
        };
        if (names.IsSidecar)
        {
            context.Add("fsGroup", K8sNames.User, "The group that may read what is mounted for the proxy. The workload mounts none of it.");
            ProxyContainer.AddSysctls(context, request);
        }

        return context;
    }

    /// <summary>What runs before the workload, in this order: the rules first, so that nothing in the pod was ever without them.</summary>
    private static IEnumerable<DocumentNode> InitContainers(DeploymentRequest request, K8sNames names)
    {
        if (!names.IsSidecar)
        {
            yield return Trial(request, names);
        }

        if (names.HasFirewall)
        {
            yield return SidecarFirewall.Container(request);
        }

        if (names.IsSidecar)
        {
            yield return ProxyContainer.Create(request, names);
        }

        if (request.Model.Ca is { } ca)
        {
            // The system's certificates and the proxy's, in one file, and once more for Java: tools that are given a file look nowhere else.
            const string Bundle = $"{Trust}/ca-bundle.crt";
            var certificate = $"{CaFolder}/{K8sNames.BaseName(ca.Certificate)}";
            yield return new YamlMap
            {
                ["name"] = "trust",
                ["image"] = request.Options["image"],
                ["command"] = new YamlList(
                    "sh",
                    "-ec",
                    $"""
                    cp {certificate} {Trust}/ca.crt
                    cat /etc/ssl/certs/ca-certificates.crt {certificate} > {Bundle}
                    openssl pkcs12 -export -nokeys -jdktrust anyExtendedKeyUsage -in {Bundle} -out {Trust}/truststore.p12 -passout pass:changeit
                    """),
                ["securityContext"] = SecurityContext(),
                ["volumeMounts"] = new YamlList(Mount("ca-certificate", CaFolder, readOnly: true), Mount("trust", Trust, readOnly: false)),
            };
        }
    }

    /// <summary>
    /// Waits until the network policies hold this pod: a plugin may apply them after it has started, or not at all. What would answer without them is the
    /// API server, which every pod of a cluster can reach.
    /// </summary>
    private static YamlMap Trial(DeploymentRequest request, K8sNames names) => new()
    {
        ["name"] = "trial",
        ["image"] = request.Options["image"],
        ["command"] = new YamlList(
            "bash",
            "-euc",
            $$"""
            answers() { timeout 5 bash -c "exec 3<> /dev/tcp/$1/$2" 2> /dev/null; }
            for _ in $(seq 30); do
                if ! answers {{names.ProxyAddress}} 53; then
                    echo "trial: the proxy does not answer"
                elif answers "$KUBERNETES_SERVICE_HOST" "$KUBERNETES_SERVICE_PORT"; then
                    echo "trial: the API server answers, so no network policy holds this pod"
                else
                    echo "trial: the proxy answers, and the API server does not"
                    exit 0
                fi
                sleep 1
            done
            echo "trial: nothing starts here" >&2
            exit 1
            """),
        ["securityContext"] = SecurityContext(),
    };

    private static YamlMap Workload(DeploymentRequest request)
    {
        var container = new YamlMap
        {
            ["name"] = "workload",
            ["image"] = request.Options["image"],
            ["command"] = new YamlList("sleep", "infinity"),
            ["securityContext"] = SecurityContext(),
        };
        if (request.Model.Ca is not null)
        {
            container["env"] = new YamlList([.. TrustVariable.In(Trust).Select(v => (DocumentNode)new YamlMap { ["name"] = v.Name, ["value"] = v.Value })]);
            container["volumeMounts"] = new YamlList(Mount("trust", Trust, readOnly: true));
        }

        return container;
    }

    private static IEnumerable<DocumentNode> Volumes(DeploymentRequest request, K8sNames names)
    {
        if (request.Model.Ca is not null)
        {
            yield return new YamlMap { ["name"] = "ca-certificate", ["configMap"] = new YamlMap { ["name"] = K8sNames.CaConfigMap } };
            yield return new YamlMap { ["name"] = "trust", ["emptyDir"] = new YamlMap() };
        }

        if (names.HasFirewall)
        {
            yield return SidecarFirewall.Volume();
        }

        if (names.IsSidecar)
        {
            foreach (var (_, _, volume) in ProxyContainer.Volumes(request))
            {
                yield return volume;
            }
        }
    }

    private static YamlMap SecurityContext() => new()
    {
        ["allowPrivilegeEscalation"] = false,
        ["capabilities"] = new YamlMap { ["drop"] = new YamlList("ALL") },
    };

    private static YamlMap Mount(string name, string path, bool readOnly) => new() { ["name"] = name, ["mountPath"] = path, ["readOnly"] = readOnly };
}
