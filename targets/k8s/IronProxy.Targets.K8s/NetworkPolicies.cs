using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Targets.Documents;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.K8s;

/// <summary>Who may reach whom. They are what keeps workloads inside; DNS alone keeps nobody.</summary>
internal static class NetworkPolicies
{
    /// <summary>Workloads reach the listeners of the proxy that are for them, and nothing else, over IPv4 and IPv6 alike.</summary>
    public static YamlMap OfWorkloads(DeploymentRequest request, K8sNames names) => Policy("iron-proxy-egress-only", names.WorkloadNamespaceValue, WorkloadLabels(names), new YamlMap
    {
        { "policyTypes", new YamlList { "Egress" } },
        {
            "egress", new YamlList
            {
                new YamlMap
                {
                    { "to", new YamlList { Peer(names.NamespaceValue, Manifests.AppLabels()) }, "One peer with both selectors: as two they would be every pod of the namespace, and the proxies of this one." },
                    { "ports", WorkloadPorts(request), "Of the pods: policies look behind the service's translation." },
                },
            }
        },
    });

    /// <summary>
    /// The second wall around a pod with a sidecar: the resolver that the proxy asks and the ports that it may need, for the whole pod, because
    /// a policy sees no processes. Nobody comes in; a policy of the user's own, for what is to reach the workload, adds to this one.
    /// </summary>
    public static YamlMap OfSidecars(DeploymentRequest request, K8sNames names) => Policy("iron-proxy-sidecar", names.WorkloadNamespaceValue, WorkloadLabels(names), new YamlMap
    {
        { "policyTypes", new YamlList("Ingress", "Egress") },
        {
            "egress", new YamlList
            {
                OfNamedResolver(ProxyResolvers.Named(request)!.Value), // Preflight asks for it.
                new YamlMap
                {
                    { "to", new YamlList(Everything(request, AddressFamily.InterNetwork), Everything(request, AddressFamily.InterNetworkV6)) },
                    { "ports", new YamlList([.. PortList.Read(request.Options["egress_ports"])!.Select(p => (DocumentNode)Port(p, "TCP"))]) }, // Preflight has read them.
                },
            }
        },
    });

    /// <summary>Whoever forgets the label reaches nothing, instead of everything. Policies add up, so this takes nothing from those that have it.</summary>
    public static YamlMap OfForgottenPods(K8sNames names) => Policy("no-egress-without-label", names.WorkloadNamespaceValue, null, new YamlMap
    {
        ["policyTypes"] = new YamlList("Egress"),
    });

    /// <summary>
    /// Only workloads reach the proxy (probes of the kubelet come from the node and are always let in). The proxy reaches all but what
    /// it must never dial; which hosts those are is the policy's business, not the network's.
    /// </summary>
    public static YamlMap OfProxy(DeploymentRequest request, K8sNames names)
    {
        var ingress = new YamlList(new YamlMap
        {
            ["from"] = new YamlList(Peer(names.WorkloadNamespaceValue, WorkloadLabels(names))),
            ["ports"] = WorkloadPorts(request),
        });
        return Policy("iron-proxy", names.NamespaceValue, Manifests.AppLabels(), new YamlMap
        {
            ["policyTypes"] = new YamlList("Ingress", "Egress"),
            ["ingress"] = ingress,
            ["egress"] = new YamlList([new YamlMap { ["to"] = new YamlList(Everything(request, AddressFamily.InterNetwork), Everything(request, AddressFamily.InterNetworkV6)) }, .. OfResolvers(request), .. OfApiServers(request)]),
        });
    }

    /// <summary>The way to the resolver, where the rest of the policy does not open it.</summary>
    private static IEnumerable<DocumentNode> OfResolvers(DeploymentRequest request)
    {
        if (ProxyResolvers.Named(request) is { } named)
        {
            yield return OfNamedResolver(named);
        }
        else if (ProxyResolvers.OfNodes(request).ToArray() is { Length: > 0 } resolvers)
        {
            yield return new YamlMap
            {
                { "to", new YamlList([.. resolvers.Select(r => (DocumentNode)Block(r))]), "Names alone: the node's resolver is in a range that is closed otherwise." },
                { "ports", DnsPorts(ProxyResolvers.UsualPort) },
            };
        }
    }

    /// <summary>The way to the API server, for a proxy that reads Secrets there: policies look behind the translation of its service.</summary>
    private static IEnumerable<DocumentNode> OfApiServers(DeploymentRequest request) =>
        from server in ApiAccess.IsNeeded(request) ? ApiAccess.Servers(request)! : [] // Preflight has read them.
        select new YamlMap { ["to"] = new YamlList(Block(server.Address)), ["ports"] = new YamlList(Port(server.Port, "TCP")) };

    /// <summary>By its address, and by the pods that answer there: some plugins (Cilium) match pods by their labels alone.</summary>
    private static YamlMap OfNamedResolver((IPAddress Address, int Port) resolver) => new()
    {
        { "to", new YamlList(Block(resolver.Address), Peer("kube-system", new YamlMap { ["k8s-app"] = "kube-dns" }), Peer("kube-system", new YamlMap { ["k8s-app"] = "node-local-dns" })) },
        { "ports", DnsPorts(resolver.Port) },
    };

    private static YamlList DnsPorts(int port) => new(Port(port, "UDP"), Port(port, "TCP"));

    private static YamlMap Block(IPAddress address) => new() { ["ipBlock"] = new YamlMap { ["cidr"] = ProxyResolvers.Block(address) } };

    /// <summary>A policy for the pods with labels; for all pods of the namespace without.</summary>
    private static YamlMap Policy(string name, DocumentNode @namespace, YamlMap? labels, YamlMap rules)
    {
        var spec = new YamlMap { ["podSelector"] = labels is null ? new YamlMap() : new YamlMap { ["matchLabels"] = labels } };
        foreach (var rule in rules)
        {
            spec.Add(rule.Key, rule.Value);
        }

        return new YamlMap
        {
            ["apiVersion"] = "networking.k8s.io/v1",
            ["kind"] = "NetworkPolicy",
            ["metadata"] = Manifests.Metadata(name, @namespace),
            ["spec"] = spec,
        };
    }

    private static YamlMap WorkloadLabels(K8sNames names) => new() { [names.WorkloadLabel] = K8sNames.App };

    private static YamlMap Peer(DocumentNode @namespace, YamlMap labels) => new()
    {
        ["namespaceSelector"] = new YamlMap { ["matchLabels"] = new YamlMap { ["kubernetes.io/metadata.name"] = @namespace } },
        ["podSelector"] = new YamlMap { ["matchLabels"] = labels },
    };

    /// <summary>Policies look at packets behind the service's translation, so these are the ports of the pods.</summary>
    private static YamlList WorkloadPorts(DeploymentRequest request) =>
        [.. request.Model.Listeners.Where(l => l.IsForWorkloads).SelectMany(l => l.Role == ListenerRole.Dns ? [Port(l.Port, "UDP"), Port(l.Port, "TCP")] : (DocumentNode[])[Port(l.Port, "TCP")])];

    private static YamlMap Port(int port, string protocol) => new() { ["protocol"] = protocol, ["port"] = port };

    private static YamlMap Everything(DeploymentRequest request, AddressFamily family)
    {
        var block = new YamlMap { ["cidr"] = family == AddressFamily.InterNetwork ? "0.0.0.0/0" : "::/0" };
        DocumentNode[] except = [.. request.Plan.Upstream.DenyCidrs.Where(c => IPNetwork.Parse(c).BaseAddress.AddressFamily == family && IPNetwork.Parse(c).PrefixLength > 0).Select(c => (DocumentNode)c)];
        if (except.Length > 0)
        {
            block["except"] = new YamlList(except);
        }

        return new YamlMap { ["ipBlock"] = block };
    }
}
