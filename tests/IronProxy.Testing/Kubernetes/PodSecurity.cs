using System.Text.Json.Nodes;

namespace IronProxy.Testing.Kubernetes;

/// <summary>
/// The pod security standard "restricted" (https://kubernetes.io/docs/concepts/security/pod-security-standards/), as far as fields that our
/// manifests or their mistakes could have are concerned. The API server refuses such pods in a namespace that carries its label.
/// </summary>
public static class PodSecurity
{
    private static readonly string[] SafeSysctls = ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range"];
    private static readonly string[] Volumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    /// <summary>Why a pod, or the pod of a Deployment, is refused; empty when it is let in.</summary>
    public static string Refusal(JsonObject manifest, string? level) => level switch
    {
        "restricted" => string.Join("; ", Faults((JsonObject)(manifest["spec"]!["template"]?["spec"] ?? manifest["spec"])!)), // A pod has a spec.
        "privileged" => "",
        _ => throw new NotSupportedException($"The level {level} is not known here."),
    };

    private static IEnumerable<string> Faults(JsonObject pod)
    {
        foreach (var shared in new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(f => IsTrue(pod[f])))
        {
            yield return shared;
        }

        foreach (var sysctl in Objects(pod["securityContext"]?["sysctls"]).Select(s => (string)s["name"]!).Except(SafeSysctls)) // They have one.
        {
            yield return $"the sysctl {sysctl}";
        }

        foreach (var volume in Objects(pod["volumes"]).Where(v => !v.Any(p => Volumes.Contains(p.Key))))
        {
            yield return $"the kind of the volume {volume["name"]}";
        }

        foreach (var container in Objects(pod["initContainers"]).Concat(Objects(pod["containers"])))
        {
            var (name, own) = ((string)container["name"]!, container["securityContext"]); // They have one.
            if (IsTrue(own?["privileged"]))
            {
                yield return $"{name} is privileged";
            }

            if (!IsFalse(own?["allowPrivilegeEscalation"]))
            {
                yield return $"{name} does not set allowPrivilegeEscalation to false";
            }

            if (!IsTrue(own?["runAsNonRoot"] ?? pod["securityContext"]?["runAsNonRoot"]))
            {
                yield return $"{name} does not set runAsNonRoot";
            }

            if ((own?["runAsUser"] ?? pod["securityContext"]?["runAsUser"])?.ToString() == "0")
            {
                yield return $"{name} is root";
            }

            if ((string?)(own?["seccompProfile"] ?? pod["securityContext"]?["seccompProfile"])?["type"] is not ("RuntimeDefault" or "Localhost"))
            {
                yield return $"{name} has no seccompProfile";
            }

            if (own?["capabilities"]?["drop"] is not JsonArray drop || !drop.Any(c => (string?)c == "ALL"))
            {
                yield return $"{name} does not drop ALL capabilities";
            }

            foreach (var capability in (own?["capabilities"]?["add"] as JsonArray ?? []).Select(c => (string?)c).Where(c => c != "NET_BIND_SERVICE"))
            {
                yield return $"{name} adds {capability}";
            }
        }
    }

    // One of the readers of the tests keeps scalars as text.
    private static bool IsTrue(JsonNode? value) => value?.ToString().ToUpperInvariant() == "TRUE";

    private static bool IsFalse(JsonNode? value) => value?.ToString().ToUpperInvariant() == "FALSE";

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();
}
