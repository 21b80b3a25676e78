using IronProxy.Plan;
using IronProxy.Targets.Documents;
using IronProxy.Targets.Model;

namespace IronProxy.Targets.K8s;

/// <summary>The service, at the address that the proxy's DNS answers with.</summary>
internal static class ProxyService
{
    public static YamlMap Create(DeploymentRequest request, K8sNames names) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Service",
        ["metadata"] = Manifests.Metadata(K8sNames.App, names.NamespaceValue),
        ["spec"] = new YamlMap
        {
            ["type"] = "ClusterIP",
            ["clusterIP"] = names.ProxyAddress,
            ["selector"] = Manifests.AppLabels(),
            ["ports"] = new YamlList([.. request.Model.Listeners.Where(l => l.IsForWorkloads).SelectMany(Ports)]),
        },
    };

    /// <summary>
    /// What workloads dial: DNS, HTTP and TLS on the ports of their protocols, wherever the proxy listens, because names
    /// resolve to this address and clients bring the port.
    /// </summary>
    private static IEnumerable<DocumentNode> Ports(DeploymentListener listener) => listener.Role switch
    {
        ListenerRole.Dns => [Port("dns-udp", 53, "dns-udp", "UDP"), Port("dns-tcp", 53, "dns-tcp", "TCP")],
        ListenerRole.Http => [Port("http", 80, "http", "TCP")],
        ListenerRole.Https => [Port("https", 443, "https", "TCP")],
        _ => [Port(K8sNames.PortName(listener.Role), listener.Port, K8sNames.PortName(listener.Role), "TCP")],
    };

    private static YamlMap Port(string name, int port, string target, string protocol) => new()
    {
        ["name"] = name,
        ["port"] = port,
        ["targetPort"] = target,
        ["protocol"] = protocol,
    };
}
