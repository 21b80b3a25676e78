using System.Collections.Immutable;
using IronProxy.Targets.Documents;
using IronProxy.Targets.Files;
using IronProxy.Targets.Options;
using IronProxy.Targets.Pulumi;
using IronProxy.Targets.Templates;

namespace IronProxy.Targets.K8s;

/// <summary>A proxy for a cluster: a Deployment behind a Service with a fixed address, and policies that leave workloads no other way.</summary>
public sealed class K8sTarget : IDeploymentTarget
{
    internal const string NamespacesFile = "namespaces.yaml";

    /// <inheritdoc />
    public string Name => "k8s";

    /// <inheritdoc />
    public TargetTraits Traits { get; } = new(
        "manifests with a kustomization, a Helm chart or a Pulumi program: the proxy behind a fixed ClusterIP or as a sidecar, network policies, an example workload",
        TargetPattern.NetworkProxy,
        "to create namespaces, deployments, services, config maps, secrets and network policies; roles as well for a policy that reads Secrets by the API",
        "strong where the network plugin enforces egress policies, because they are outside of the workload; none where it does not");

    /// <inheritdoc />
    public ImmutableArray<TargetOption> Options { get; } =
    [
        new("image", OptionKind.Image, null, "The image that the target image builds, with the registry that the cluster pulls it from."),
        new("form", OptionKind.Choice, "kustomize", "Manifests with a kustomization, a Helm chart, or a Pulumi program.") { Choices = ["kustomize", "helm", "pulumi-yaml", "pulumi-typescript"] },
        new("mode", OptionKind.Choice, "network", "network: proxies behind a service, for many workloads; sidecar: a proxy in the workload's pod.") { Choices = ["network", "sidecar"] },
        new("namespace", OptionKind.Name, "iron-proxy", "Namespace of the proxy; workloads have no business in it. A sidecar is in theirs."),
        new("workload_namespace", OptionKind.Name, "agents", "Namespace of the workloads."),
        new("workload_label", OptionKind.Name, "egress", "Label of workloads, with the value iron-proxy: pods that carry it reach the proxy, others in the namespace nothing."),
        new("replicas", OptionKind.Number, "2", "How many proxies share the work; not for sidecars.") { Minimum = 1, Maximum = 100 },
        new("firewall", OptionKind.Switch, "true", "Rules inside of the workload's pod that let the sidecar out and nothing else."),
        new("serve_ports", OptionKind.Text, "", "TCP ports on which others may reach servers of a workload with a sidecar, such as 8000,8081; its probes' as well."),
        new("network_policy", OptionKind.Switch, "true", "Network policies: what closes workloads in, and the second wall around a pod with a sidecar."),
        new("cni", OptionKind.Choice, "unknown", "The network plugin, which enforces network policies: calico, cilium, gke, or vpc, that of Amazon EKS.") { Choices = ["unknown", "calico", "cilium", "gke", "vpc"] },
        new("node_resolvers", OptionKind.Text, "", "Addresses of the nodes' resolvers (nameserver in a node's /etc/resolv.conf), with commas between them: whom the proxy asks without dns.upstream_resolver."),
        new("api_server", OptionKind.Text, "", "Addresses and ports of the API server behind its service (kubectl get endpoints kubernetes), such as 192.168.1.10:6443, with commas between them: opened for a proxy that reads Secrets by the API."),
        new("service_monitor", OptionKind.Switch, "false", "A ServiceMonitor for the Prometheus operator, and its way to the metrics."),
        new("monitoring_namespace", OptionKind.Name, "monitoring", "Namespace that Prometheus asks from."),
        new("egress_ports", OptionKind.Text, "80,443", "TCP ports that a sidecar's network policy opens for the pod: those that the allowed hosts are reached at."),
    ];

    /// <inheritdoc />
    public bool MayBeInCluster => true;

    /// <inheritdoc />
    public TargetCommands Commands { get; } = new(
        ["kubectl", "diff", "-k", "."],
        ["kubectl", "apply", "-k", "."],
        ["kubectl", "delete", "-k", "."]);

    /// <inheritdoc />
    public TargetCommands CommandsFor(IReadOnlyDictionary<string, string> options)
    {
        var home = options.GetValueOrDefault("mode") == "sidecar" ? "workload_namespace" : "namespace";
        string[] release = [K8sNames.App, HelmChart.Folder, "--namespace", options.GetValueOrDefault(home) ?? K8sNames.App];
        return options.GetValueOrDefault("form") switch
        {
            "helm" => new(["helm", "upgrade", "--install", "--dry-run", .. release], ["helm", "upgrade", "--install", "--wait", .. release], ["helm", "uninstall", K8sNames.App, .. release[2..]]),
            "pulumi-yaml" or "pulumi-typescript" => new(["pulumi", "preview"], ["pulumi", "up"], ["pulumi", "destroy"]),
            _ => Commands,
        };
    }

    /// <inheritdoc />
    public ImmutableArray<string> UserFiles { get; } = ["certs/", ".env", .. PulumiProgram.UserFiles];

    /// <inheritdoc />
    public ImmutableArray<DeploymentFile> Render(DeploymentRequest request)
    {
        K8sPreflight.Check(request);
        if (request.Preflight.HasErrors)
        {
            return [];
        }

        var names = new K8sNames(request);
        return
        [
            .. request.Options["form"] switch
            {
                "kustomize" => OfKustomize(Manifests(request, names)),
                "helm" => HelmChart.Create(request, names, Manifests(request, new K8sNames(request, isTemplate: true)), LevelOf(names)),
                "pulumi-yaml" => KubernetesProgram.Create(request, Manifests(request, names).SelectMany(m => m.Documents), PulumiLanguage.Yaml),
                "pulumi-typescript" => KubernetesProgram.Create(request, Manifests(request, names).SelectMany(m => m.Documents), PulumiLanguage.TypeScript),
                _ => throw new System.Diagnostics.UnreachableException(),
            },
            DeploymentFile.OfText("example-workload.yaml", YamlPrinter.Print(ExampleWorkload.Create(request, names), spaced: false)),
            DeploymentFile.OfText(".gitignore", TextTemplate.Fill(this, "gitignore", new Dictionary<string, object?>())),
            DeploymentFile.OfText("README.md", TextTemplate.Fill(this, "README.md", names.ForReadme())),
        ];
    }

    private (string File, YamlMap[] Documents)[] Manifests(DeploymentRequest request, K8sNames names)
    {
        var manifests = names.IsSidecar ? OfSidecar(request, names) : OfNetworkProxy(request, names);
        return request.Options.Switch("service_monitor") ? [.. manifests, ("monitoring.yaml", Monitoring.Create(request, names))] : manifests;
    }

    private static ImmutableArray<DeploymentFile> OfKustomize((string File, YamlMap[] Documents)[] manifests) =>
    [
        .. manifests.Select(m => DeploymentFile.OfText(m.File, YamlPrinter.Print(m.Documents))),
        DeploymentFile.OfText("kustomization.yaml", YamlPrinter.Print(K8s.Manifests.Kustomization(manifests.Select(m => m.File)), spaced: false)),
    ];

    private static string LevelOf(K8sNames names) => names.HasFirewall ? K8s.Manifests.Privileged : K8s.Manifests.Restricted;

    private static (string File, YamlMap[] Documents)[] OfNetworkProxy(DeploymentRequest request, K8sNames names) =>
    [
        (NamespacesFile, OfNamespaces(names)),
        ("plan.yaml", [K8s.Manifests.Plan(request, names)]),
        .. ApiAccess.IsNeeded(request) ? [("roles.yaml", ApiAccess.Create(request, names))] : ((string, YamlMap[])[])[],
        ("deployment.yaml", [ProxyDeployment.Create(request, names), K8s.Manifests.DisruptionBudget(names)]),
        ("service.yaml", [ProxyService.Create(request, names)]),
        ("network-policies.yaml", [NetworkPolicies.OfWorkloads(request, names), NetworkPolicies.OfForgottenPods(names), NetworkPolicies.OfProxy(request, names)]),
    ];

    /// <summary>Helm makes the namespace of a release itself.</summary>
    private static YamlMap[] OfNamespaces(K8sNames names)
    {
        var workloads = K8s.Manifests.Namespace(names.WorkloadNamespaceValue, names.NamespaceLabels(LevelOf(names)));
        return names.IsSidecar || names.IsTemplate ? [workloads] : [K8s.Manifests.Namespace(names.NamespaceValue, names.NamespaceLabels(K8s.Manifests.Restricted)), workloads];
    }

    private (string File, YamlMap[] Documents)[] OfSidecar(DeploymentRequest request, K8sNames names)
    {
        (string, YamlMap[])[] manifests =
        [
            (NamespacesFile, OfNamespaces(names)),
            ("plan.yaml", [K8s.Manifests.Plan(request, names)]),
        ];
        if (names.HasFirewall)
        {
            manifests = [.. manifests, ("firewall.yaml", [SidecarFirewall.ConfigMap(this, request, names)])];
        }

        return request.Options.Switch("network_policy")
            ? [.. manifests, ("network-policies.yaml", [NetworkPolicies.OfSidecars(request, names), NetworkPolicies.OfForgottenPods(names)])]
            : manifests;
    }
}
