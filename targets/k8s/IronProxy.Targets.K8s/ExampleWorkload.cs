using System.Text.Json.Nodes;

namespace IronProxy.Targets.K8s;

/// <summary>A workload as it should be: it asks the proxy for names, trusts its CA, and carries the label that closes it in.</summary>
internal static class ExampleWorkload
{
    private const string Bundle = "/trust/ca-bundle.crt";

    /// <summary>Where tools look for certificates: OpenSSL, curl, Python's requests, Node, git, AWS.</summary>
    private static readonly string[] BundleVariables = ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "AWS_CA_BUNDLE"];

    public static JsonObject Create(DeploymentRequest request, K8sNames names)
    {
        var mitm = request.Model.Ca is not null;
        var container = new JsonObject
        {
            ["name"] = "workload",
            ["image"] = request.Options["image"],
            ["command"] = new JsonArray("sleep", "infinity"),
            ["securityContext"] = SecurityContext(),
        };
        var spec = new JsonObject
        {
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
            ["dnsPolicy"] = "None",
            ["dnsConfig"] = new JsonObject { ["nameservers"] = new JsonArray(names.ServiceAddress) },
            ["securityContext"] = new JsonObject
            {
                ["runAsNonRoot"] = true,
                ["runAsUser"] = 1000,
                ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
            },
        };
        if (mitm)
        {
            // The system's certificates and the proxy's, in one file: tools that are given a file look nowhere else.
            spec["initContainers"] = new JsonArray(new JsonObject
            {
                ["name"] = "trust",
                ["image"] = request.Options["image"],
                ["command"] = new JsonArray("sh", "-c", $"cat /etc/ssl/certs/ca-certificates.crt /ca/{K8sNames.BaseName(request.Model.Ca!.Certificate)} > {Bundle}"), // There is a CA.
                ["securityContext"] = SecurityContext(),
                ["volumeMounts"] = new JsonArray(Mount("ca", "/ca", readOnly: true), Mount("trust", "/trust", readOnly: false)),
            });
            container["env"] = new JsonArray([.. BundleVariables.Select(v => (JsonNode)new JsonObject { ["name"] = v, ["value"] = Bundle })]);
            container["volumeMounts"] = new JsonArray(Mount("trust", "/trust", readOnly: true));
            spec["containers"] = new JsonArray(container);
            spec["volumes"] = new JsonArray(
                new JsonObject { ["name"] = "ca", ["configMap"] = new JsonObject { ["name"] = K8sNames.CaConfigMap } },
                new JsonObject { ["name"] = "trust", ["emptyDir"] = new JsonObject() });
        }
        else
        {
            spec["containers"] = new JsonArray(container);
        }

        var labels = new JsonObject { [names.WorkloadLabel] = K8sNames.App, [K8sNames.AppLabel] = "example-workload" };
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = "example-workload", ["namespace"] = names.WorkloadNamespace, ["labels"] = labels },
            ["spec"] = spec,
        };
    }

    private static JsonObject SecurityContext() => new()
    {
        ["allowPrivilegeEscalation"] = false,
        ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
    };

    private static JsonObject Mount(string name, string path, bool readOnly) => new() { ["name"] = name, ["mountPath"] = path, ["readOnly"] = readOnly };
}
