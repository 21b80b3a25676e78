using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using IronProxy.Targets.Model;

namespace IronProxy.Targets.K8s;

/// <summary>Who may reach whom. They are what keeps workloads inside; DNS alone keeps nobody.</summary>
internal static class NetworkPolicies
{
    /// <summary>Workloads reach the listeners of the proxy that are for them, and nothing else, over IPv4 and IPv6 alike.</summary>
    public static JsonObject OfWorkloads(DeploymentRequest request, K8sNames names) => Policy("iron-proxy-egress-only", names.WorkloadNamespace, WorkloadLabels(names), new JsonObject
    {
        ["policyTypes"] = new JsonArray("Egress"),
        ["egress"] = new JsonArray(new JsonObject
        {
            ["to"] = new JsonArray(Peer(names.Namespace, Manifests.AppLabels())),
            ["ports"] = WorkloadPorts(request),
        }),
    });

    /// <summary>
    /// Only workloads reach the proxy (probes of the kubelet come from the node and are always let in). The proxy reaches all but what
    /// it must never dial; which hosts those are is the policy's business, not the network's.
    /// </summary>
    public static JsonObject OfProxy(DeploymentRequest request, K8sNames names)
    {
        var ingress = new JsonArray(new JsonObject
        {
            ["from"] = new JsonArray(Peer(names.WorkloadNamespace, WorkloadLabels(names))),
            ["ports"] = WorkloadPorts(request),
        });
        return Policy("iron-proxy", names.Namespace, Manifests.AppLabels(), new JsonObject
        {
            ["policyTypes"] = new JsonArray("Ingress", "Egress"),
            ["ingress"] = ingress,
            ["egress"] = new JsonArray(new JsonObject { ["to"] = new JsonArray(Everything(request, AddressFamily.InterNetwork), Everything(request, AddressFamily.InterNetworkV6)) }),
        });
    }

    private static JsonObject Policy(string name, string @namespace, JsonObject labels, JsonObject rules)
    {
        var spec = new JsonObject { ["podSelector"] = new JsonObject { ["matchLabels"] = labels } };
        foreach (var (key, value) in rules.ToArray())
        {
            rules.Remove(key);
            spec[key] = value;
        }

        return new JsonObject
        {
            ["apiVersion"] = "networking.k8s.io/v1",
            ["kind"] = "NetworkPolicy",
            ["metadata"] = Manifests.Metadata(name, @namespace),
            ["spec"] = spec,
        };
    }

    private static JsonObject WorkloadLabels(K8sNames names) => new() { [names.WorkloadLabel] = K8sNames.App };

    private static JsonObject Peer(string @namespace, JsonObject labels) => new()
    {
        ["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["kubernetes.io/metadata.name"] = @namespace } },
        ["podSelector"] = new JsonObject { ["matchLabels"] = labels },
    };

    /// <summary>Policies look at packets behind the service's translation, so these are the ports of the pods.</summary>
    private static JsonArray WorkloadPorts(DeploymentRequest request) =>
        [.. request.Model.Listeners.Where(l => l.IsForWorkloads).SelectMany(l => l.Role == ListenerRole.Dns ? [Port(l.Port, "UDP"), Port(l.Port, "TCP")] : (JsonNode[])[Port(l.Port, "TCP")])];

    private static JsonObject Port(int port, string protocol) => new() { ["protocol"] = protocol, ["port"] = port };

    private static JsonObject Everything(DeploymentRequest request, AddressFamily family)
    {
        var block = new JsonObject { ["cidr"] = family == AddressFamily.InterNetwork ? "0.0.0.0/0" : "::/0" };
        JsonNode[] except = [.. request.Plan.Upstream.DenyCidrs.Where(c => IPNetwork.Parse(c).BaseAddress.AddressFamily == family && IPNetwork.Parse(c).PrefixLength > 0).Select(c => (JsonNode)c)];
        if (except.Length > 0)
        {
            block["except"] = new JsonArray(except);
        }

        return new JsonObject { ["ipBlock"] = block };
    }
}
