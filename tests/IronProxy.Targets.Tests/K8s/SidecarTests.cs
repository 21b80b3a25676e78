using System.Text.Json.Nodes;
using IronProxy.Targets.K8s;
using IronProxy.Targets.Tests.Documents;

namespace IronProxy.Targets.Tests.K8s;

/// <summary>What belongs together in a pod with a sidecar. That it holds, the end-to-end tests try.</summary>
public class SidecarTests
{
    private const string Policy = """
        dns: {listen: ":53", proxy_ip: 127.0.0.1, upstream_resolver: "10.96.0.10:53"}
        proxy: {http_listen: "127.0.0.1:80", https_listen: ":443", tunnel_listen: ":1080"}
        tls: {ca_cert: /certs/ca.crt, ca_key: /certs/ca.key}
        transforms:
          - {name: allowlist, config: {domains: [api.github.com]}}
          - name: secrets
            config:
              secrets:
                - {source: {type: file, path: /secrets/a/one}, inject: {header: X-B}, rules: [{host: api.github.com}]}
        """;

    private static readonly Lazy<JsonObject[]> All = new(() => Render());

    private static JsonNode Pod => Of("Deployment", "example-workload")["spec"]!["template"]!["spec"]!; // It has one.

    [Fact]
    public void The_rules_come_first_then_the_proxy_then_the_workload()
    {
        Assert.Equal(["firewall", "iron-proxy", "trust"], Items(Pod["initContainers"]).Select(c => (string?)c["name"]));
        Assert.Equal("Always", (string?)Init("iron-proxy")["restartPolicy"]);
        Assert.Null(Init("firewall")["restartPolicy"]);
        Assert.Equal("127.0.0.1", (string?)Pod["dnsConfig"]!["nameservers"]![0]);
    }

    [Fact]
    public void The_proxy_has_a_user_of_its_own_and_only_the_rules_are_loaded_with_a_capability()
    {
        Assert.Equal("10001", (string?)Init("iron-proxy")["securityContext"]!["runAsUser"]);
        Assert.Equal("1000", (string?)Pod["securityContext"]!["runAsUser"]);
        foreach (var container in Items(Pod["initContainers"]).Concat(Items(Pod["containers"])))
        {
            Assert.Equal("""["ALL"]""", container["securityContext"]!["capabilities"]!["drop"]!.ToJsonString());
            Assert.Equal((string?)container["name"] == "firewall" ? """["NET_ADMIN"]""" : null, container["securityContext"]!["capabilities"]!["add"]?.ToJsonString());
        }
    }

    [Fact]
    public void Nothing_but_the_proxy_mounts_secrets()
    {
        var secrets = Items(Pod["volumes"]).Where(v => v["secret"] is not null).Select(v => (string?)v["name"]).ToList();

        Assert.Equal(["ca", "files-0"], secrets);
        Assert.All(
            Items(Pod["initContainers"]).Concat(Items(Pod["containers"])).Where(c => (string?)c["name"] != "iron-proxy"),
            c => Assert.DoesNotContain(Items(c["volumeMounts"]), m => secrets.Contains((string?)m["name"])));
    }

    [Fact]
    public void The_rules_let_the_proxy_out_and_keep_its_ports_to_the_pod()
    {
        var rules = (string)Of("ConfigMap", "iron-proxy-firewall")["data"]!["firewall.nft"]!; // It is there.

        Assert.Contains("meta skuid != 10001 goto workload", rules, StringComparison.Ordinal);
        Assert.Contains("""oifname "lo" tcp dport { 9090 } counter reject""", rules, StringComparison.Ordinal);
        Assert.Contains("""iifname != "lo" tcp dport { 53, 80, 443, 1080 } counter drop""", rules, StringComparison.Ordinal);
    }

    [Fact]
    public void The_second_wall_lets_the_pod_to_its_resolver_and_to_the_ports_of_the_web()
    {
        var policy = Of("NetworkPolicy", "iron-proxy-sidecar")["spec"]!; // It has one.
        var rules = Items(policy["egress"]).ToArray();

        Assert.Null(policy["ingress"]);
        Assert.Equal("""["Ingress","Egress"]""", policy["policyTypes"]!.ToJsonString());
        Assert.Equal("10.96.0.10/32", (string?)rules[0]["to"]![0]!["ipBlock"]!["cidr"]);
        Assert.Equal(["443", "8443"], Items(Render("egress_ports=443,8443").Single(IsSidecarPolicy)["spec"]!["egress"]![1]!["ports"]).Select(p => (string?)p["port"]));
    }

    [Fact]
    public void Without_rules_of_its_own_the_namespace_keeps_the_strictest_level()
    {
        Assert.Equal("privileged", LevelOf(All.Value));
        var without = Render("firewall=false");
        Assert.Equal("restricted", LevelOf(without));
        Assert.DoesNotContain(without, d => (string?)d["metadata"]?["name"] == "iron-proxy-firewall");
    }

    private static JsonObject[] Render(params string[] options) =>
        [.. Rendering.Of(new K8sTarget(), Policy, ["image=a", "mode=sidecar", .. options]).Where(f => f.Key.EndsWith(".yaml", StringComparison.Ordinal)).SelectMany(f => Yaml.Read(f.Value))];

    private static string? LevelOf(JsonObject[] all) =>
        (string?)Assert.Single(all, d => (string?)d["kind"] == "Namespace")["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"];

    private static bool IsSidecarPolicy(JsonObject document) => (string?)document["metadata"]?["name"] == "iron-proxy-sidecar";

    private static JsonObject Of(string kind, string name) => Assert.Single(All.Value, d => (string?)d["kind"] == kind && (string?)d["metadata"]!["name"] == name);

    private static JsonNode Init(string name) => Assert.Single(Items(Pod["initContainers"]), c => (string?)c["name"] == name);

    private static IEnumerable<JsonNode> Items(JsonNode? list) => list!.AsArray().Select(i => i!); // Tests ask for what is there.
}
