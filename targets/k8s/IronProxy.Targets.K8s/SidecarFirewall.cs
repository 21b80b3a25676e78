using IronProxy.Targets.Documents;
using IronProxy.Targets.Model;
using IronProxy.Targets.Templates;

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
        var listeners = request.Model.Listeners;
        var values = new Dictionary<string, object?>
        {
            ["user"] = K8sNames.User,
            ["operator_ports"] = Ports(listeners.Where(l => !l.IsForWorkloads)),
            ["proxy_ports"] = Ports(listeners.Where(l => l.IsForWorkloads || l.Role == ListenerRole.Management)),
            ["dns_port"] = request.Model.Listener(ListenerRole.Dns)?.Port.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "",
        };
        return new YamlMap
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = Manifests.Metadata(Name, names.WorkloadNamespaceValue),
            ["data"] = new YamlMap
            {
                ["firewall.nft"] = names.Literal(TextTemplate.Fill(target, "firewall.nft", values)),
                ["firewall.sh"] = names.Literal(TextTemplate.Fill(target, "firewall.sh", values)),
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

    private static string Ports(IEnumerable<DeploymentListener> listeners) => string.Join(", ", listeners.Select(l => l.Port).Distinct());
}
