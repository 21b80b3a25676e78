using IronProxy.Targets.Documents;


namespace IronProxy.Targets.K8s;

/// <summary>A workload as it should be: it asks the proxy for names, trusts its CA, and carries the label that closes it in.</summary>
internal static class ExampleWorkload
{
    private const string Bundle = "/trust/ca-bundle.crt";

    /// <summary>Where tools look for certificates: OpenSSL, curl, Python's requests, Node, git, AWS.</summary>
    private static readonly string[] BundleVariables = ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "AWS_CA_BUNDLE"];

    public static YamlMap Create(DeploymentRequest request, K8sNames names)
    {
        var mitm = request.Model.Ca is not null;
        var container = new YamlMap
        {
            ["name"] = "workload",
            ["image"] = request.Options["image"],
            ["command"] = new YamlList("sleep", "infinity"),
            ["securityContext"] = SecurityContext(),
        };
        var spec = new YamlMap
        {
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
            ["dnsPolicy"] = "None",
            ["dnsConfig"] = new YamlMap { ["nameservers"] = new YamlList(names.ServiceAddress) },
            ["securityContext"] = new YamlMap
            {
                ["runAsNonRoot"] = true,
                ["runAsUser"] = 1000,
                ["seccompProfile"] = new YamlMap { ["type"] = "RuntimeDefault" },
            },
        };
        if (mitm)
        {
            // The system's certificates and the proxy's, in one file: tools that are given a file look nowhere else.
            spec["initContainers"] = new YamlList(new YamlMap
            {
                ["name"] = "trust",
                ["image"] = request.Options["image"],
                ["command"] = new YamlList("sh", "-c", $"cat /etc/ssl/certs/ca-certificates.crt /ca/{K8sNames.BaseName(request.Model.Ca!.Certificate)} > {Bundle}"), // There is a CA.
                ["securityContext"] = SecurityContext(),
                ["volumeMounts"] = new YamlList(Mount("ca", "/ca", readOnly: true), Mount("trust", "/trust", readOnly: false)),
            });
            container["env"] = new YamlList([.. BundleVariables.Select(v => (YamlNode)new YamlMap { ["name"] = v, ["value"] = Bundle })]);
            container["volumeMounts"] = new YamlList(Mount("trust", "/trust", readOnly: true));
            spec["containers"] = new YamlList(container);
            spec["volumes"] = new YamlList(
                new YamlMap { ["name"] = "ca", ["configMap"] = new YamlMap { ["name"] = K8sNames.CaConfigMap } },
                new YamlMap { ["name"] = "trust", ["emptyDir"] = new YamlMap() });
        }
        else
        {
            spec["containers"] = new YamlList(container);
        }

        var labels = new YamlMap { [names.WorkloadLabel] = K8sNames.App, [K8sNames.AppLabel] = "example-workload" };
        return new YamlMap
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new YamlMap { ["name"] = "example-workload", ["namespace"] = names.WorkloadNamespace, ["labels"] = labels },
            ["spec"] = spec,
        };
    }

    private static YamlMap SecurityContext() => new()
    {
        ["allowPrivilegeEscalation"] = false,
        ["capabilities"] = new YamlMap { ["drop"] = new YamlList("ALL") },
    };

    private static YamlMap Mount(string name, string path, bool readOnly) => new() { ["name"] = name, ["mountPath"] = path, ["readOnly"] = readOnly };
}
