using System.Text.Json.Nodes;
using IronProxy.Targets.K8s;
using IronProxy.Targets.Tests.Documents;
using IronProxy.Testing.Kubernetes;

namespace IronProxy.Targets.Tests.K8s;

/// <summary>What belongs together across manifests. That each is a manifest at all, other programs judge in the end-to-end tests.</summary>
public class ManifestTests
{
    private const string Policy = """
        dns: {listen: ":5353", proxy_ip: 10.96.0.53}
        proxy: {http_listen: ":8080", https_listen: ":8443", tunnel_listen: ":1080"}
        management: {listen: ":9092", api_key_env: MANAGEMENT_KEY}
        tls: {ca_cert: /certs/ca.crt, ca_key: /certs/ca.key}
        transforms:
          - {name: allowlist, config: {domains: [api.github.com]}}
          - name: secrets
            config:
              secrets:
                - {source: {type: env, var: TOKEN}, inject: {header: X-A}, rules: [{host: api.github.com}]}
                - {source: {type: file, path: /secrets/a/one}, inject: {header: X-B}, rules: [{host: api.github.com}]}
                - {source: {type: file, path: /secrets/a/two}, inject: {header: X-C}, rules: [{host: api.github.com}]}
                - {source: {type: file, path: /secrets/b/three}, inject: {header: X-D}, rules: [{host: api.github.com}]}
        """;

    private static readonly Lazy<JsonObject[]> All = new(() =>
        [.. Rendering.Of(new K8sTarget(), Policy, "image=registry.example.com/iron-proxy:1").Where(f => f.Key.EndsWith(".yaml", StringComparison.Ordinal)).SelectMany(f => Yaml.Read(f.Value))]);

    private static JsonNode Pod => DeploymentNamed("iron-proxy")["spec"]!["template"]!["spec"]!; // It has one.

    private static JsonNode Workload => DeploymentNamed("example-workload")["spec"]!["template"]!; // It has one.

    private static JsonNode Container => Pod["containers"]![0]!; // It has one.

    [Fact]
    public void What_the_README_says_to_make_of_files_is_one_command() => Assert.Contains(
        "secret generic iron-proxy-files \\\n  --from-file=one=PATH-OF-one \\\n  --from-file=two=PATH-OF-two \\\n  --from-file=three=PATH-OF-three\n```\n",
        Rendering.Of(new K8sTarget(), Policy, "image=registry.example.com/iron-proxy:1")["README.md"],
        StringComparison.Ordinal);

    [Fact]
    public void Selectors_find_the_pods_that_they_mean()
    {
        var labels = DeploymentNamed("iron-proxy")["spec"]!["template"]!["metadata"]!["labels"]; // They are there.
        Assert.All(
            (JsonNode?[])[DeploymentNamed("iron-proxy")["spec"]!["selector"]!["matchLabels"], Of("Service")["spec"]!["selector"], Of("PodDisruptionBudget")["spec"]!["selector"]!["matchLabels"]],
            selector => Assert.True(JsonNode.DeepEquals(labels, selector)));
        Assert.Equal("iron-proxy", (string?)Workload["metadata"]!["labels"]!["egress"]);
        Assert.Equal((string?)DeploymentNamed("example-workload")["spec"]!["selector"]!["matchLabels"]!["app.kubernetes.io/name"], (string?)Workload["metadata"]!["labels"]!["app.kubernetes.io/name"]);
        Assert.Equal("iron-proxy", (string?)PolicyNamed("iron-proxy-egress-only")["spec"]!["podSelector"]!["matchLabels"]!["egress"]);
    }

    [Fact]
    public void The_service_is_at_the_address_of_the_DNS_server_and_leads_to_ports_that_exist()
    {
        var ports = Items(Container["ports"]).Select(p => (string?)p["name"]).ToArray();
        var service = Of("Service")["spec"]!; // It has one.

        Assert.Equal("10.96.0.53", (string?)service["clusterIP"]);
        Assert.Equal("10.96.0.53", (string?)Workload["spec"]!["dnsConfig"]!["nameservers"]![0]);
        Assert.Equal(["53", "53", "80", "443", "1080"], Items(service["ports"]).Select(p => (string?)p["port"]));
        Assert.All(Items(service["ports"]), p => Assert.Contains((string?)p["targetPort"], ports));
        Assert.DoesNotContain(Items(service["ports"]), p => (string?)p["name"] is "metrics" or "management");
    }

    [Fact]
    public void Workloads_reach_the_ports_of_the_pods_that_are_for_them_and_no_others()
    {
        string?[] expected = ["5353", "5353", "8080", "8443", "1080"];
        var egress = Assert.Single(Items(PolicyNamed("iron-proxy-egress-only")["spec"]!["egress"]));
        var ingress = Assert.Single(Items(PolicyNamed("iron-proxy")["spec"]!["ingress"]));

        Assert.Equal(expected, Items(egress["ports"]).Select(p => (string?)p["port"]));
        Assert.Equal(expected, Items(ingress["ports"]).Select(p => (string?)p["port"]));
        Assert.Equal("Egress", (string?)Assert.Single(Items(PolicyNamed("iron-proxy-egress-only")["spec"]!["policyTypes"])));

        // One peer with both selectors. As two they would be "all pods of the namespace, and the proxies of this one".
        var peer = Assert.Single(Items(egress["to"]));
        Assert.True(peer["namespaceSelector"] is not null && peer["podSelector"] is not null);
    }

    /// <summary>Opened: what a policy denies beside the metadata service, whom the proxy asks, options; and what the second rule of the proxy's policy is.</summary>
    [Theory]
    [InlineData("", null, "", "169.254.169.254/32 169.254.169.253/32 169.254.20.10/32 168.63.129.16/32 fd00:ec2::253/128 fd20:ce::254/128")]
    [InlineData("169.254.169.254/32", null, "", "169.254.169.254/32")]
    [InlineData("169.254.0.0/16", null, "", "169.254.169.254/32 169.254.169.253/32 169.254.20.10/32")]
    [InlineData("169.254.0.0/16, 10.0.0.0/8", null, "node_resolvers=10.0.0.2,9.9.9.9", "10.0.0.2/32")]
    [InlineData("169.254.0.0/16", "169.254.20.10:5300", "", "169.254.20.10/32 kube-dns node-local-dns")]
    [InlineData("", "10.96.0.10:53", "", "10.96.0.10/32 kube-dns node-local-dns")]
    public void The_proxy_reaches_port_53_of_its_resolver_where_its_policy_denies_the_rest(string denied, string? named, string option, string opened)
    {
        var policy = Policy.Replace("proxy_ip: 10.96.0.53", named is null ? "proxy_ip: 10.96.0.53" : $"proxy_ip: 10.96.0.53, upstream_resolver: \"{named}\"", StringComparison.Ordinal);
        if (denied.Length > 0)
        {
            policy = policy.Replace("proxy: {", $"proxy: {{upstream_deny_cidrs: [{denied}], ", StringComparison.Ordinal);
        }

        var files = Rendering.Of(new K8sTarget(), policy, [.. new[] { "image=a", option }.Where(o => o.Length > 0)]);
        var egress = Items(Yaml.Read(files["network-policies.yaml"]).Single(d => (string?)d["metadata"]!["name"] == "iron-proxy")["spec"]!["egress"]).ToArray();

        Assert.Equal(2, egress.Length);
        Assert.Equal(opened, string.Join(' ', Items(egress[1]["to"]).Select(p => (string?)(p["ipBlock"]?["cidr"] ?? p["podSelector"]?["matchLabels"]?["k8s-app"]))));
        var port = named?.Split(':')[1] ?? "53";
        Assert.Equal([$"UDP {port}", $"TCP {port}"], Items(egress[1]["ports"]).Select(p => $"{p["protocol"]} {p["port"]}"));
    }

    [Fact]
    public void Before_the_workload_starts_the_proxy_must_answer_and_the_API_server_must_not()
    {
        var trial = Items(Workload["spec"]!["initContainers"]).First();
        Assert.Equal("trial", (string?)trial["name"]);
        Assert.Contains("! answers 10.96.0.53 53", (string?)trial["command"]![2], StringComparison.Ordinal);
    }

    [Fact]
    public void The_README_says_what_the_plugin_needs()
    {
        Assert.Contains("NETWORK_POLICY_ENFORCING_MODE", Rendering.Of(new K8sTarget(), Policy.Replace(":5353", ":53", StringComparison.Ordinal).Replace(":8080", ":80", StringComparison.Ordinal).Replace(":8443", ":443", StringComparison.Ordinal), "image=a", "cni=vpc")["README.md"], StringComparison.Ordinal);
        Assert.Contains("Dataplane V2", Rendering.Of(new K8sTarget(), Policy, "image=a", "cni=gke")["README.md"], StringComparison.Ordinal);
    }

    [Fact]
    public void Pods_of_the_workloads_namespace_reach_nothing_by_themselves()
    {
        var closed = PolicyNamed("no-egress-without-label");

        Assert.Equal("agents", (string?)closed["metadata"]!["namespace"]);
        Assert.Equal("""{"podSelector":{},"policyTypes":["Egress"]}""", closed["spec"]!.ToJsonString());
    }

    [Fact]
    public void Pods_are_let_in_at_the_level_that_their_namespaces_ask_for()
    {
        Assert.All(All.Value.Where(d => (string?)d["kind"] == "Namespace"), n => Assert.Equal("restricted", (string?)n["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"]));
        Assert.All((JsonObject[])[DeploymentNamed("iron-proxy"), DeploymentNamed("example-workload")], pod => Assert.Equal("", PodSecurity.Refusal(pod, "restricted")));
    }

    [Fact]
    public void Every_folder_that_is_mounted_has_a_volume_and_every_secret_of_the_plan_a_folder()
    {
        var volumes = Items(Pod["volumes"]).Select(v => (string?)v["name"]).ToArray();
        var mounts = Items(Container["volumeMounts"]).ToDictionary(m => (string)m["mountPath"]!, m => (string?)m["name"]); // They have one.

        Assert.Equal(volumes, mounts.Values);
        Assert.Equal(["/plan", "/tmp", "/certs", "/secrets/a", "/secrets/b"], mounts.Keys);
        Assert.DoesNotContain(Items(Container["volumeMounts"]), m => m["subPath"] is not null);
        Assert.Equal(["one", "two"], Items(Items(Pod["volumes"]).Single(v => (string?)v["name"] == "files-0")["secret"]!["items"]).Select(i => (string?)i["key"]));
        Assert.Equal(["MANAGEMENT_KEY", "TOKEN"], Items(Container["env"]).Where(e => e["valueFrom"] is not null).Select(e => (string?)e["name"]));
    }

    [Fact]
    public void Low_ports_need_the_sysctl_and_high_ones_do_not()
    {
        Assert.Null(Pod["securityContext"]!["sysctls"]);
        var low = Rendering.Of(new K8sTarget(), Policy.Replace(":5353", ":53", StringComparison.Ordinal), "image=a");
        Assert.Contains("net.ipv4.ip_unprivileged_port_start", low["deployment.yaml"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_kustomization_names_every_manifest_but_the_example()
    {
        var files = Rendering.Of(new K8sTarget(), Policy, "image=a").Keys.Where(f => f.EndsWith(".yaml", StringComparison.Ordinal)).Except(["kustomization.yaml", "example-workload.yaml"]);
        Assert.Equal(files.Order(StringComparer.Ordinal), Items(Of("Kustomization")["resources"]).Select(r => (string)r!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Metrics_are_for_the_monitoring_alone()
    {
        var files = Rendering.Of(new K8sTarget(), Policy, "image=a", "service_monitor=true", "monitoring_namespace=watch");
        var documents = Yaml.Read(files["monitoring.yaml"]);
        var (service, monitor, policy) = (documents[0], documents[1], documents[2]);

        Assert.True(JsonNode.DeepEquals(service["metadata"]!["labels"], monitor["spec"]!["selector"]!["matchLabels"]));
        Assert.Equal("metrics", (string?)monitor["spec"]!["endpoints"]![0]!["port"]);
        Assert.Equal("metrics", (string?)service["spec"]!["ports"]![0]!["name"]);
        var rule = Assert.Single(Items(policy["spec"]!["ingress"]));
        Assert.Equal("watch", (string?)Assert.Single(Items(rule["from"]))["namespaceSelector"]!["matchLabels"]!["kubernetes.io/metadata.name"]);
        Assert.Equal("9090", (string?)Assert.Single(Items(rule["ports"]))["port"]);
        Assert.DoesNotContain("9090", files["service.yaml"] + files["network-policies.yaml"], StringComparison.Ordinal);
        Assert.Contains("monitoring.yaml", files["kustomization.yaml"], StringComparison.Ordinal);
    }

    [Fact]
    public void Each_form_has_its_own_tool()
    {
        var target = new K8sTarget();
        string Apply(string form) => string.Join(' ', target.CommandsFor(new Dictionary<string, string> { ["form"] = form, ["namespace"] = "egress" }).Apply);

        Assert.Equal("kubectl apply -k .", Apply("kustomize"));
        Assert.Equal("helm upgrade --install --wait iron-proxy chart --namespace egress", Apply("helm"));
        Assert.Equal("pulumi up", Apply("pulumi-typescript"));
    }

    [Fact]
    public void The_same_policy_gives_the_same_bytes() =>
        Assert.Equal(Rendering.Of(new K8sTarget(), Policy, "image=a"), Rendering.Of(new K8sTarget(), Policy, "image=a"));

    private static JsonObject Of(string kind) => Assert.Single(All.Value, d => (string?)d["kind"] == kind);

    private static JsonObject DeploymentNamed(string name) => Assert.Single(All.Value, d => (string?)d["kind"] == "Deployment" && (string?)d["metadata"]!["name"] == name);

    private static JsonObject PolicyNamed(string name) => Assert.Single(All.Value, d => (string?)d["kind"] == "NetworkPolicy" && (string?)d["metadata"]!["name"] == name);

    private static IEnumerable<JsonNode> Items(JsonNode? list) => list!.AsArray().Select(i => i!); // Tests ask for what is there.
}
