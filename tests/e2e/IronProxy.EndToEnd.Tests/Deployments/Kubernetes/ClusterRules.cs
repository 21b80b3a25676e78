using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace IronProxy.EndToEnd.Tests.Deployments.Kubernetes;

/// <summary>A pod that runs.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Addresses">Its addresses, of both families.</param>
/// <param name="Ports">Its ports by name.</param>
internal sealed record RunningPod(string Namespace, JsonObject Labels, IReadOnlyList<IPAddress> Addresses, IReadOnlyDictionary<string, int> Ports);

/// <summary>
/// What a network plugin and kube-proxy make of manifests, as nftables rules of the node: the addresses of services, and network policies.
/// It reads the documents and knows nothing else about the deployment, so that a rule that is missing there is missing here.
/// </summary>
internal static class ClusterRules
{
    /// <summary>
    /// Policies see packets behind the service's translation: nat is at -100, these chains at 0. A pod that no policy selects may do
    /// everything; one that a policy selects, only what one of them lists; and answers belong to what they answer.
    /// </summary>
    public static string Of(IReadOnlyList<JsonObject> manifests, IReadOnlyList<RunningPod> pods)
    {
        var rules = new StringBuilder("table inet cluster {}\ndelete table inet cluster\ntable inet cluster {\n");
        AppendServices(rules, manifests.Where(m => Kind(m) == "Service"), pods);
        AppendPolicies(rules, [.. manifests.Where(m => Kind(m) == "NetworkPolicy")], pods);
        return rules.Append("}\n").ToString();
    }

    private static void AppendServices(StringBuilder rules, IEnumerable<JsonObject> services, IReadOnlyList<RunningPod> pods)
    {
        rules.Append("  chain services {\n    type nat hook prerouting priority -100;\n");
        foreach (var service in services)
        {
            var spec = service["spec"]!; // A service has one.
            var address = IPAddress.Parse((string)spec["clusterIP"]!); // Ours have one.
            var backend = pods.FirstOrDefault(p => p.Namespace == NamespaceOf(service) && Selects(p.Labels, spec["selector"]));
            foreach (var port in PodmanTranslation.Objects(spec["ports"]))
            {
                var match = $"{Family(address)} daddr {address} {Protocol(port)} dport {port["port"]}";
                rules.Append("    ").Append(backend is null
                    ? $"{match} drop\n"
                    : $"{match} dnat {Family(address)} to {Target(backend.Addresses.First(a => a.AddressFamily == address.AddressFamily), Number(port["targetPort"] ?? port["port"], backend))}\n");
            }
        }

        rules.Append("  }\n");
    }

    private static void AppendPolicies(StringBuilder rules, JsonObject[] policies, IReadOnlyList<RunningPod> pods)
    {
        var (leaving, arriving) = (new StringBuilder(), new StringBuilder());
        foreach (var (index, pod) in pods.Index())
        {
            var selecting = policies.Where(p => NamespaceOf(p) == pod.Namespace && SelectsBy(pod.Labels, p["spec"]!["podSelector"])).ToArray(); // A policy has both.
            foreach (var (type, key, peers, side, jumps) in new[] { ("Egress", "egress", "to", "daddr", leaving), ("Ingress", "ingress", "from", "saddr", arriving) })
            {
                var isolating = selecting.Where(p => PolicyTypes(p).Contains(type)).ToArray();
                if (isolating.Length == 0)
                {
                    continue;
                }

                var own = type == "Egress" ? "saddr" : "daddr";
                rules.Append(CultureInfo.InvariantCulture, $"  chain {key}_{index} {{\n");
                foreach (var rule in isolating.SelectMany(p => PodmanTranslation.Objects(p["spec"]![key]))) // As above.
                {
                    foreach (var peer in Peers(rule[peers], NamespaceOf(isolating[0]), pods, side))
                    {
                        foreach (var port in Ports(rule["ports"], type == "Egress" ? null : pod))
                        {
                            rules.Append("    ").Append(peer).Append(port).Append("return\n");
                        }
                    }
                }

                rules.Append("    counter drop\n  }\n");
                foreach (var address in pod.Addresses)
                {
                    jumps.Append(CultureInfo.InvariantCulture, $"    {Family(address)} {own} {address} jump {key}_{index}\n");
                }
            }
        }

        const string Answers = "    ct state established,related accept\n    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept\n";
        rules.Append("  chain forward {\n    type filter hook forward priority 0;\n").Append(Answers).Append(leaving).Append(arriving).Append("  }\n");

        // The node is an address like any other. What comes from it is let in: probes of the kubelet do.
        rules.Append("  chain input {\n    type filter hook input priority 0;\n").Append(Answers).Append(leaving).Append("  }\n");
    }

    /// <summary>Without policyTypes: Ingress, and Egress when there are egress rules.</summary>
    private static string[] PolicyTypes(JsonObject policy) => policy["spec"]!["policyTypes"] is JsonArray types // A policy has a spec.
        ? [.. types.Select(t => (string)t!)]
        : policy["spec"]!["egress"] is null ? ["Ingress"] : ["Ingress", "Egress"];

    /// <summary>Matches on the other side. No list of peers means everybody; one peer with two selectors must match both.</summary>
    private static IEnumerable<string> Peers(JsonNode? peers, string home, IReadOnlyList<RunningPod> pods, string side)
    {
        if (peers is not JsonArray { Count: > 0 } list)
        {
            return [""];
        }

        return list.OfType<JsonObject>().SelectMany(peer => peer["ipBlock"] is { } block
            ? [Block(block, side)]
            : pods.Where(p => (peer["namespaceSelector"] is { } selector ? SelectsBy(NamespaceLabels(p.Namespace), selector) : p.Namespace == home)
                    && (peer["podSelector"] is null || SelectsBy(p.Labels, peer["podSelector"])))
                .SelectMany(p => p.Addresses.Select(a => $"{Family(a)} {side} {a} ")));
    }

    private static string Block(JsonNode block, string side)
    {
        var cidr = (string)block["cidr"]!; // It is required.
        var family = cidr.Contains(':', StringComparison.Ordinal) ? "ip6" : "ip";
        var except = block["except"] is JsonArray { Count: > 0 } list ? $"{family} {side} != {{ {string.Join(", ", list)} }} " : "";
        return $"{family} {side} {cidr} {except}";
    }

    /// <summary>No list of ports means all protocols.</summary>
    private static IEnumerable<string> Ports(JsonNode? ports, RunningPod? pod) => ports is JsonArray { Count: > 0 } list
        ? list.OfType<JsonObject>().Select(p => p["port"] is null
            ? $"meta l4proto {Protocol(p)} "
            : $"{Protocol(p)} dport {Number(p["port"], pod)}{(p["endPort"] is { } end ? $"-{end}" : "")} ")
        : [""];

    private static int Number(JsonNode? port, RunningPod? pod) =>
        int.TryParse(port!.ToString(), CultureInfo.InvariantCulture, out var number) ? number : pod!.Ports[port.ToString()]; // Names are those of a pod's ports.

    private static bool SelectsBy(JsonObject labels, JsonNode? selector) =>
        (selector as JsonObject ?? []).All(s => s.Key == "matchLabels" ? Selects(labels, s.Value) : throw new NotSupportedException($"A selector with {s.Key} is not understood here."));

    private static bool Selects(JsonObject labels, JsonNode? wanted) => (wanted as JsonObject ?? []).All(w => (string?)labels[w.Key] == (string?)w.Value);

    /// <summary>The label that the API server itself puts on every namespace.</summary>
    private static JsonObject NamespaceLabels(string name) => new() { ["kubernetes.io/metadata.name"] = name };

    private static string NamespaceOf(JsonObject manifest) => (string)manifest["metadata"]!["namespace"]!; // Ours name it.

    private static string? Kind(JsonObject manifest) => (string?)manifest["kind"];

    private static string Protocol(JsonObject port) => ((string?)port["protocol"] ?? "TCP").ToLowerInvariant();

    private static string Family(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? "ip6" : "ip";

    private static string Target(IPAddress address, int port) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]:{port}" : $"{address}:{port}";
}
