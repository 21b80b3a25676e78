using System.Net;
using IronProxy.Targets.Documents;

namespace IronProxy.Targets.K8s;

/// <summary>
/// What lets the proxy read Secrets by the API of the cluster: an account of its own, a role for exactly those that the policy names, and its token, which the proxy's container mounts and no other.
/// </summary>
internal static class ApiAccess
{
    /// <summary>Where client libraries look for a pod's account.</summary>
    public const string Folder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The kubelet replaces a token when four fifths of that are over.</summary>
    private const int TokenSeconds = 3600;

    private const string Group = "rbac.authorization.k8s.io";

    /// <summary>Whether the policy has such sources.</summary>
    public static bool IsNeeded(DeploymentRequest request) => !request.Model.ClusterSecrets.IsEmpty;

    /// <summary>The account, and a role with its binding in each namespace.</summary>
    public static YamlMap[] Create(DeploymentRequest request, K8sNames names) =>
    [
        new YamlMap
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ServiceAccount",
            ["metadata"] = Manifests.Metadata(K8sNames.App, names.NamespaceValue),
            ["automountServiceAccountToken"] = false,
        },
        .. from secrets in request.Model.ClusterSecrets.GroupBy(s => HomeOf(s.Namespace, names), StringComparer.Ordinal)
           let name = secrets.Key is null ? K8sNames.App : $"{K8sNames.App}-{secrets.Key}"
           let home = secrets.Key is null ? names.NamespaceValue : secrets.Key
           from document in (YamlMap[])[Role(name, home, secrets.Select(s => s.Name)), Binding(name, home, names)]
           select document,
    ];

    /// <summary>The account's files as the cluster mounts them by itself, but into one container and not into each of the pod.</summary>
    public static YamlMap Volume() => new()
    {
        ["name"] = "api-access",
        ["projected"] = new YamlMap
        {
            ["defaultMode"] = Convert.ToInt32("440", 8),
            ["sources"] = new YamlList(
                new YamlMap { ["serviceAccountToken"] = new YamlMap { ["path"] = "token", ["expirationSeconds"] = TokenSeconds } },
                new YamlMap { ["configMap"] = new YamlMap { ["name"] = "kube-root-ca.crt", ["items"] = new YamlList(Item("key", "ca.crt", "ca.crt")) } },
                new YamlMap { ["downwardAPI"] = new YamlMap { ["items"] = new YamlList(new YamlMap { ["path"] = "namespace", ["fieldRef"] = new YamlMap { ["fieldPath"] = "metadata.namespace" } }) } }),
        },
    };

    /// <summary>The addresses of the option api_server; null when one is none.</summary>
    public static IPEndPoint[]? Servers(DeploymentRequest request)
    {
        var texts = request.Options["api_server"].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var servers = texts.Select(t => IPEndPoint.TryParse(t, out var server) && server.Port != 0 ? server : null).ToArray();
        return servers.Contains(null) ? null : [.. servers.OfType<IPEndPoint>()];
    }

    /// <summary>The namespace that is written; null for that of the proxy, which a chart learns from its release.</summary>
    private static string? HomeOf(string? home, K8sNames names) => home == names.Namespace && !names.IsTemplate ? null : home;

    private static YamlMap Role(string name, DocumentNode home, IEnumerable<string> secrets) => new()
    {
        ["apiVersion"] = Group + "/v1",
        ["kind"] = "Role",
        ["metadata"] = Manifests.Metadata(name, home),
        ["rules"] = new YamlList(new YamlMap
        {
            ["apiGroups"] = new YamlList(""),
            ["resources"] = new YamlList("secrets"),
            ["resourceNames"] = new YamlList([.. secrets.Distinct(StringComparer.Ordinal).Select(s => (DocumentNode)s)]),
            ["verbs"] = new YamlList("get"),
        }),
    };

    private static YamlMap Binding(string name, DocumentNode home, K8sNames names) => new()
    {
        ["apiVersion"] = Group + "/v1",
        ["kind"] = "RoleBinding",
        ["metadata"] = Manifests.Metadata(name, home),
        ["roleRef"] = new YamlMap { ["apiGroup"] = Group, ["kind"] = "Role", ["name"] = name },
        ["subjects"] = new YamlList(new YamlMap { ["kind"] = "ServiceAccount", ["name"] = K8sNames.App, ["namespace"] = names.NamespaceValue }),
    };

    private static YamlMap Item(string what, string name, string path) => new() { [what] = name, ["path"] = path };
}
