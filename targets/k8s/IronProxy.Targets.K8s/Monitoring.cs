using IronProxy.Plan;
using IronProxy.Targets.Documents;

namespace IronProxy.Targets.K8s;

/// <summary>
/// What the Prometheus operator finds the metrics by, and the one way in for it. They are on a port of their own, which is in no policy of
/// workloads and in no service of theirs.
/// </summary>
internal static class Monitoring
{
    /// <summary>Name of the port, in pods and here.</summary>
    private const string Port = "metrics";

    private const string Name = "iron-proxy-metrics";

    public static YamlMap[] Create(DeploymentRequest request, K8sNames names) => [Service(request, names), ServiceMonitor(names), Policy(request, names)];

    /// <summary>Without an address: it lists the pods.</summary>
    private static YamlMap Service(DeploymentRequest request, K8sNames names) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Service",
        ["metadata"] = Metadata(names),
        ["spec"] = new YamlMap
        {
            ["clusterIP"] = "None",
            ["selector"] = names.ProxyLabels(),
            ["ports"] = new YamlList(new YamlMap { ["name"] = Port, ["port"] = request.Model.Listener(ListenerRole.Metrics)!.Port, ["targetPort"] = Port, ["protocol"] = "TCP" }), // Preflight asks for it.
        },
    };

    private static YamlMap ServiceMonitor(K8sNames names) => new()
    {
        ["apiVersion"] = "monitoring.coreos.com/v1",
        ["kind"] = "ServiceMonitor",
        ["metadata"] = Metadata(names),
        ["spec"] = new YamlMap
        {
            ["selector"] = new YamlMap { ["matchLabels"] = Labels() },
            ["endpoints"] = new YamlList(new YamlMap { ["port"] = Port, ["path"] = "/metrics" }),
        },
    };

    /// <summary>Policies add up: this one opens the port of the metrics to the monitoring, and nothing else.</summary>
    private static YamlMap Policy(DeploymentRequest request, K8sNames names) => new()
    {
        ["apiVersion"] = "networking.k8s.io/v1",
        ["kind"] = "NetworkPolicy",
        ["metadata"] = Metadata(names),
        ["spec"] = new YamlMap
        {
            ["podSelector"] = new YamlMap { ["matchLabels"] = names.ProxyLabels() },
            ["policyTypes"] = new YamlList("Ingress"),
            ["ingress"] = new YamlList(new YamlMap
            {
                ["from"] = new YamlList(new YamlMap { ["namespaceSelector"] = new YamlMap { ["matchLabels"] = new YamlMap { ["kubernetes.io/metadata.name"] = request.Options["monitoring_namespace"] } } }),
                ["ports"] = new YamlList(new YamlMap { ["protocol"] = "TCP", ["port"] = request.Model.Listener(ListenerRole.Metrics)!.Port }), // As above.
            }),
        },
    };

    private static YamlMap Metadata(K8sNames names) => new() { ["name"] = Name, ["namespace"] = names.NamespaceValue, ["labels"] = Labels() };

    private static YamlMap Labels() => new() { [K8sNames.AppLabel] = K8sNames.App, ["app.kubernetes.io/component"] = Port };
}
