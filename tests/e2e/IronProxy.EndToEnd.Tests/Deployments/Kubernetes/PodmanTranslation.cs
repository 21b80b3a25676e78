using System.Net;
using System.Text.Json.Nodes;

namespace IronProxy.EndToEnd.Tests.Deployments.Kubernetes;

/// <summary>
/// What 'podman kube play' 4.3.1 needs to hear differently, and nothing else: everything that it can run, it runs as generated. Service
/// and NetworkPolicy, which it does not know, are in <see cref="ClusterRules"/>; sysctls of pods are settings of podman.
/// </summary>
internal static class PodmanTranslation
{
    /// <summary>A pod as podman reads it.</summary>
    /// <param name="deployment">A Deployment, of whose replicas this is one: their addresses would be podman's choice.</param>
    /// <param name="resolver">The resolver of the node, which a pod has with <c>dnsPolicy: Default</c>.</param>
    /// <param name="apiServer">Where the API server is, which the kubelet tells every container.</param>
    public static JsonObject ToPod(JsonObject deployment, string resolver, IPEndPoint apiServer)
    {
        var template = deployment["spec"]!["template"]!; // A deployment has one.
        var translated = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = deployment["metadata"]!["name"]!.DeepClone(), ["labels"] = template["metadata"]!["labels"]!.DeepClone() }, // It has both.
            ["spec"] = template["spec"]!.DeepClone(),
        };
        var spec = (JsonObject)translated["spec"]!; // A pod has one.
        if ((string?)spec["dnsPolicy"] == "Default")
        {
            spec["dnsConfig"] = new JsonObject { ["nameservers"] = new JsonArray(resolver) };
        }

        // It applies the pod's restart policy to init containers as well, and waits for ever; and it drops them when they have ended.
        spec["restartPolicy"] = "Never";
        ((JsonObject)translated["metadata"]!)["annotations"] = new JsonObject { ["io.podman.annotations.init.container.type"] = "always" }; // As above.

        var init = Objects(spec["initContainers"]).ToArray();
        var containers = Objects(spec["containers"]).ToArray();

        // A native sidecar, which podman would wait for: it becomes a container. Those before and after it still end first.
        foreach (var sidecar in init.Where(c => (string?)c["restartPolicy"] == "Always"))
        {
            sidecar.Remove("restartPolicy");
            containers = [(JsonObject)sidecar.DeepClone(), .. containers];
        }

        init = [.. init.Where(c => !containers.Any(o => (string?)o["name"] == (string?)c["name"]))];
        foreach (var container in init.Concat(containers))
        {
            var environment = container["env"] as JsonArray ?? [];
            environment.Add(new JsonObject { ["name"] = "KUBERNETES_SERVICE_HOST", ["value"] = $"{apiServer.Address}" });
            environment.Add(new JsonObject { ["name"] = "KUBERNETES_SERVICE_PORT", ["value"] = $"{apiServer.Port}" });
            container["env"] = environment;

            // It would publish them on the node; its health checks are commands, not requests.
            foreach (var unknown in new[] { "ports", "startupProbe", "readinessProbe", "livenessProbe" })
            {
                container.Remove(unknown);
            }
        }

        foreach (var volume in Objects(spec["volumes"]))
        {
            foreach (var source in new[] { "secret", "configMap" }.Select(k => volume[k]).OfType<JsonObject>())
            {
                source["optional"] = false; // It reads a null here, and ends.
            }
        }

        if (init.Length > 0)
        {
            spec["initContainers"] = new JsonArray([.. init.Select(c => c.DeepClone())]);
        }
        else
        {
            spec.Remove("initContainers");
        }

        spec["containers"] = new JsonArray([.. containers.Select(c => c.DeepClone())]);
        return translated;
    }

    /// <summary>
    /// A secret as 'podman secret create' takes it. Volumes read a document whose data is not encoded, variables read a map whose values are.
    /// </summary>
    public static string ToSecret(string name, IReadOnlyDictionary<string, string> values, bool forVolume) => forVolume
        ? new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["data"] = new JsonObject(values.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))),
        }.ToJsonString()
        : new JsonObject(values.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(v.Value))))).ToJsonString();

    public static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();
}
