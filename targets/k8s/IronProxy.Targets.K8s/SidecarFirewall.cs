using IronProxy.Targets.Documents;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.K8s;

/// <summary>
/// The rules inside of a workload's pod, and the init container that loads them. A network policy sees pods, not processes: what a
/// sidecar may do, its workload could do as well.
/// </summary>
internal static class SidecarFirewall
{
    private const string Name = "iron-proxy-firewall";
    private const string Folder = "/firewall";

    public static YamlMap ConfigMap(K8sTarget target, DeploymentRequest request, K8sNames names)
    {
        var rules = new SidecarRules(target.Name, "pod", $"{K8sNames.User}") { Load = $"nft --file {Folder}/firewall.nft", ServePorts = request.Options["serve_ports"] };
        return new YamlMap
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = Manifests.Metadata(Name, names.WorkloadNamespaceValue),
            ["data"] = new YamlMap
            {
                ["firewall.nft"] = names.Literal(rules.ToRules(request.Model)),
                ["firewall.sh"] = names.Literal(rules.ToScript()),
            },
        };
    }

    public static YamlMap Container(DeploymentRequest request) => new()
    {
        ["name"] = "firewall",
        ["image"] = request.Options["image"],
        ["command"] = new YamlList("bash", $"{Folder}/firewall.sh"),
        ["securityContext"] = new YamlMap
        {
            ["runAsUser"] = 0,
            ["runAsNonRoot"] = false,
            ["allowPrivilegeEscalation"] = false,
            ["readOnlyRootFilesystem"] = true,
            ["capabilities"] = new YamlMap { ["drop"] = new YamlList("ALL"), ["add"] = new YamlList("NET_ADMIN") },
        },
        ["volumeMounts"] = new YamlList(new YamlMap { ["name"] = "firewall", ["mountPath"] = Folder, ["readOnly"] = true }),
    };

    public static YamlMap Volume() => new() { ["name"] = "firewall", ["configMap"] = new YamlMap { ["name"] = Name } };
}
