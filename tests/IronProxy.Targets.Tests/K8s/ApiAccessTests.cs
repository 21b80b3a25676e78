using System.Text.Json.Nodes;
using IronProxy.Targets.K8s;
using IronProxy.Targets.Tests.Documents;

namespace IronProxy.Targets.Tests.K8s;

/// <summary>What a proxy may read by the API of its cluster, and who has the token for that.</summary>
public class ApiAccessTests
{
    private const string Image = "image=registry.example.com/iron-proxy:1";

    private static readonly string Policy = """
        dns: {listen: ":53", proxy_ip: 10.96.0.53, upstream_resolver: "10.96.0.10:53"}
        proxy: {http_listen: ":80", https_listen: ":443", upstream_deny_cidrs: ["10.0.0.0/8"]}
        tls: {ca_cert: /certs/ca.crt, ca_key: /certs/ca.key}
        transforms:
          - {name: allowlist, config: {domains: [api.github.com]}}
          - name: secrets
            config:
              secrets:
                - {source: {type: kubernetes, name: api-keys, key: one}, inject: {header: X-A}, rules: [{host: api.github.com}]}
                - {source: {type: kubernetes, name: api-keys, namespace: iron-proxy, key: two}, inject: {header: X-B}, rules: [{host: api.github.com}]}
                - {source: {type: kubernetes, name: other-keys, key: one}, inject: {header: X-C}, rules: [{host: api.github.com}]}
                - {source: {type: kubernetes, name: of-team, namespace: team-a, key: one}, inject: {header: X-D}, rules: [{host: api.github.com}]}
        """;

    private static readonly Lazy<JsonObject[]> All = new(() =>
        [.. Rendering.Of(new K8sTarget(), Policy, Image, "api_server=10.0.0.5:6443,[fd00::5]:443").Where(f => f.Key.EndsWith(".yaml", StringComparison.Ordinal)).SelectMany(f => Yaml.Read(f.Value))]);

    [Fact]
    public void A_role_is_for_the_Secrets_of_the_policy_and_no_others()
    {
        Assert.Equal(
            [
                """iron-proxy/iron-proxy [{"apiGroups":[""],"resources":["secrets"],"resourceNames":["api-keys","other-keys"],"verbs":["get"]}]""",
                """team-a/iron-proxy-team-a [{"apiGroups":[""],"resources":["secrets"],"resourceNames":["of-team"],"verbs":["get"]}]""",
            ],
            Of("Role").Select(r => $"{Home(r)}/{Name(r)} {r["rules"]!.ToJsonString()}")); // It has some.
        Assert.All(Of("RoleBinding"), b => Assert.Equal(
            ($$"""{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"{{Name(b)}}"}""", """[{"kind":"ServiceAccount","name":"iron-proxy","namespace":"iron-proxy"}]"""),
            (b["roleRef"]!.ToJsonString(), b["subjects"]!.ToJsonString()))); // It has them.
        Assert.Equal(Of("Role").Select(r => $"{Home(r)}/{Name(r)}"), Of("RoleBinding").Select(b => $"{Home(b)}/{Name(b)}"));
    }

    [Fact]
    public void The_token_is_in_the_container_of_the_proxy_and_in_no_other()
    {
        Assert.Equal("false", (string?)Assert.Single(Of("ServiceAccount"))["automountServiceAccountToken"]);
        var pods = Of("Deployment").ToDictionary(Name, d => d["spec"]!["template"]!["spec"]!, StringComparer.Ordinal); // Each has one.
        Assert.Equal("iron-proxy", (string?)pods["iron-proxy"]["serviceAccountName"]);
        Assert.Equal("false", (string?)pods["iron-proxy"]["automountServiceAccountToken"]);
        Assert.Contains("/var/run/secrets/kubernetes.io/serviceaccount", pods["iron-proxy"]["containers"]![0]!["volumeMounts"]!.ToJsonString(), StringComparison.Ordinal); // It has some.
        Assert.Contains("""{"serviceAccountToken":{"path":"token","expirationSeconds":"3600"}}""", pods["iron-proxy"]["volumes"]!.ToJsonString(), StringComparison.Ordinal); // As above.
        Assert.Null(pods["example-workload"]["serviceAccountName"]);
        Assert.DoesNotContain("serviceaccount", pods["example-workload"]["containers"]!.ToJsonString(), StringComparison.OrdinalIgnoreCase); // As above.
    }

    [Fact]
    public void The_way_to_the_API_server_is_open_for_the_proxy_alone()
    {
        var open = Of("NetworkPolicy").Where(p => p.ToJsonString().Contains("10.0.0.5/32", StringComparison.Ordinal)).ToArray();
        Assert.Equal(["iron-proxy"], open.Select(Name));
        Assert.Contains("""{"to":[{"ipBlock":{"cidr":"10.0.0.5/32"}}],"ports":[{"protocol":"TCP","port":"6443"}]},{"to":[{"ipBlock":{"cidr":"fd00::5/128"}}],"ports":[{"protocol":"TCP","port":"443"}]}""", open[0].ToJsonString(), StringComparison.Ordinal);
    }

    /// <summary>A chart learns its namespace from the release, so that the one that is written is another until then.</summary>
    [Fact]
    public void Charts_and_programs_have_the_same()
    {
        var chart = Rendering.Of(new K8sTarget(), Policy, Image, "api_server=10.0.0.5:6443", "form=helm")["chart/templates/roles.yaml"];
        Assert.Contains("{{ printf \"%q\" .Release.Namespace }}", chart, StringComparison.Ordinal);
        Assert.Contains("name: iron-proxy-iron-proxy\n", chart, StringComparison.Ordinal);
        var program = Rendering.Of(new K8sTarget(), Policy, Image, "api_server=10.0.0.5:6443", "form=pulumi-yaml")["Pulumi.yaml"];
        Assert.Equal(2, program.Split("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding").Length - 1);
        Assert.Contains("kubernetes:core/v1:ServiceAccount", program, StringComparison.Ordinal);
        Assert.Contains("new kubernetes.rbac.v1.Role(\"roleIronProxyTeamA\"", Rendering.Of(new K8sTarget(), Policy, Image, "api_server=10.0.0.5:6443", "form=pulumi-typescript")["index.ts"], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_such_a_source_there_is_no_account()
    {
        var files = Rendering.Of(new K8sTarget(), Policy[..Policy.IndexOf("  - name: secrets", StringComparison.Ordinal)], Image, "api_server=10.0.0.5:6443");
        Assert.False(files.ContainsKey("roles.yaml"));
        Assert.DoesNotContain(files.Values, f => f.Contains("serviceAccountName", StringComparison.Ordinal) || f.Contains("10.0.0.5", StringComparison.Ordinal));
    }

    private static IEnumerable<JsonObject> Of(string kind) => All.Value.Where(m => (string?)m["kind"] == kind);

    private static string Name(JsonNode manifest) => (string?)manifest["metadata"]!["name"] ?? ""; // Each has one.

    private static string Home(JsonNode manifest) => (string?)manifest["metadata"]!["namespace"] ?? ""; // As above.
}
