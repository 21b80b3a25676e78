using IronProxy.Targets.Documents;

namespace IronProxy.Targets.K8s;

/// <summary>The proxy's pods.</summary>
internal static class ProxyDeployment
{
    public static YamlMap Create(DeploymentRequest request, K8sNames names) => new()
    {
        ["apiVersion"] = "apps/v1",
        ["kind"] = "Deployment",
        ["metadata"] = Manifests.Metadata(K8sNames.App, names.NamespaceValue),
        ["spec"] = new YamlMap
        {
            ["replicas"] = names.Replicas,
            ["strategy"] = new YamlMap
            {
                ["type"] = "RollingUpdate",
                ["rollingUpdate"] = new YamlMap { ["maxSurge"] = 1, ["maxUnavailable"] = 0 },
            },
            ["selector"] = new YamlMap { ["matchLabels"] = Manifests.AppLabels() },
            ["template"] = new YamlMap
            {
                ["metadata"] = new YamlMap
                {
                    { "labels", Manifests.AppLabels() },
                    { "annotations", new YamlMap { ["iron-proxy/plan"] = request.Plan.FileHash }, "The pods are replaced when the plan changes: a config map alone would not do that." },
                },
                ["spec"] = Pod(request, names),
            },
        },
    };

    private static YamlMap Pod(DeploymentRequest request, K8sNames names)
    {
        var pod = new YamlMap
        {
            { "automountServiceAccountToken", false },
            { "enableServiceLinks", false },
            { "dnsPolicy", "Default", "The node's resolver: the proxy must not ask itself." },
            { "securityContext", SecurityContext(request) },
            { "containers", new YamlList { ProxyContainer.Create(request, names) } },
            { "volumes", new YamlList([.. ProxyContainer.Volumes(request).Select(v => v.Volume)]) },
            {
                "topologySpreadConstraints", new YamlList
                {
                    new YamlMap
                    {
                        ["maxSkew"] = 1,
                        ["topologyKey"] = "kubernetes.io/hostname",
                        ["whenUnsatisfiable"] = "ScheduleAnyway",
                        ["labelSelector"] = new YamlMap { ["matchLabels"] = Manifests.AppLabels() },
                    },
                }
            },
        };
        if (ApiAccess.IsNeeded(request))
        {
            pod.Add("serviceAccountName", K8sNames.App, "For the Secrets that it reads by the API. Its token is in a volume of the proxy's container.");
        }

        return pod;
    }

    private static YamlMap SecurityContext(DeploymentRequest request)
    {
        var context = new YamlMap
        {
            ["runAsNonRoot"] = true,
            ["runAsUser"] = K8sNames.User,
            ["runAsGroup"] = K8sNames.User,
            ["fsGroup"] = K8sNames.User,
            ["seccompProfile"] = new YamlMap { ["type"] = "RuntimeDefault" },
        };
        ProxyContainer.AddSysctls(context, request);
        return context;
    }
}
