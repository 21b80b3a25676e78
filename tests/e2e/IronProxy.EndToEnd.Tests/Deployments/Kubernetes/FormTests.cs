using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing.Kubernetes;
using NJsonSchema;

namespace IronProxy.EndToEnd.Tests.Deployments.Kubernetes;

/// <summary>
/// A chart and a Pulumi program say the same as the manifests. There is no Helm here: Go's own template engine renders the chart, and
/// what comes out is compared document by document.
/// </summary>
public sealed class FormTests(GeneratedForms forms) : IClassFixture<GeneratedForms>
{
    [SkippableTheory]
    [InlineData("network")]
    [InlineData("sidecar")]
    public async Task The_chart_becomes_the_manifests(string mode)
    {
        var chart = Path.Combine(await forms.GetAsync(mode, "helm"), "chart");
        var rendered = await Judges.AskAsync("chart.mjs", chart, "iron-proxy", """{"workloads": {"createNamespace": true}}""");
        var expected = Manifests(await forms.GetAsync(mode, "kustomize")).Where(m => Name(m) != "Namespace/iron-proxy"); // Helm makes that of the release.

        Assert.Equal(
            expected.OrderBy(Name, StringComparer.Ordinal).Select(m => m.ToJsonString()),
            ManifestFolder.Parse(rendered).OrderBy(Name, StringComparer.Ordinal).Select(m => m.ToJsonString()));

        // Braces of the policy are no business of Helm's.
        Assert.Contains("\"proxyValue\":\"{{token}}\"", rendered, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Values_reach_the_documents_and_are_checked_first()
    {
        var chart = Path.Combine(await forms.GetAsync("network", "helm"), "chart");
        const string Values = """{"image": "example.com/p:2", "replicas": 5, "resources": {"requests": {"cpu": 1}, "limits": {}}, "workloads": {"namespace": "bots", "createNamespace": false}}""";
        var rendered = ManifestFolder.Parse(await Judges.AskAsync("chart.mjs", chart, "egress", Values)).ToArray();

        Assert.DoesNotContain(rendered, m => (string?)m["kind"] == "Namespace");
        var deployment = Assert.Single(rendered, m => (string?)m["kind"] == "Deployment");
        var container = deployment["spec"]!["template"]!["spec"]!["containers"]![0]!; // It has one.
        Assert.Equal("egress", (string?)deployment["metadata"]!["namespace"]);
        Assert.Equal(5, (int?)deployment["spec"]!["replicas"]);
        Assert.Equal("example.com/p:2", (string?)container["image"]);
        Assert.Equal("""{"requests":{"cpu":"1","memory":"128Mi"},"limits":{"memory":"512Mi"}}""", container["resources"]!.ToJsonString());
        var policy = Assert.Single(rendered, m => Name(m) == "NetworkPolicy/iron-proxy-egress-only");
        Assert.Equal("bots", (string?)policy["metadata"]!["namespace"]);
        Assert.Equal("egress", (string?)policy["spec"]!["egress"]![0]!["to"]![0]!["namespaceSelector"]!["matchLabels"]!["kubernetes.io/metadata.name"]); // It is generated so.

        var schema = await JsonSchema.FromJsonAsync(await File.ReadAllTextAsync(Path.Combine(chart, "values.schema.json")));
        var defaults = ManifestFolder.Parse(await File.ReadAllTextAsync(Path.Combine(chart, "values.yaml"))).Single();
        Assert.Empty(schema.Validate(defaults.ToJsonString()));
        foreach (var (key, wrong) in new (string, JsonNode)[] { ("replicas", 0), ("replicas", "2"), ("image", ""), ("replica", 1) })
        {
            var values = (JsonObject)defaults.DeepClone();
            values[key] = wrong;
            Assert.NotEmpty(schema.Validate(values.ToJsonString()));
        }
    }

    [SkippableFact]
    public async Task The_judge_of_charts_sees_what_Helm_would()
    {
        var chart = Path.Combine(await forms.GetAsync("network", "helm"), "chart");
        var service = Path.Combine(chart, "templates", "service.yaml");
        var text = await File.ReadAllTextAsync(service);
        try
        {
            await AssertSeenAsync(chart, service, text);
        }
        finally
        {
            await File.WriteAllTextAsync(service, text);
        }
    }

    private static async Task AssertSeenAsync(string chart, string service, string text)
    {
        foreach (var (wrong, complaint) in new[] { (".Release.Namespaces }}", "no entry for key"), ("| noSuchFunction }}", "not defined"), (".Release.Namespace }", "unexpected") })
        {
            await File.WriteAllTextAsync(service, text.Replace(".Release.Namespace }}", wrong, StringComparison.Ordinal));
            Assert.Contains(complaint, await Judges.AskAsync("chart.mjs", chart, "iron-proxy"), StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Programs_in_both_languages_ask_for_the_manifests()
    {
        var folders = new List<string>();
        foreach (var mode in new[] { "network", "sidecar" })
        {
            var yaml = await forms.GetAsync(mode, "pulumi-yaml");
            folders.AddRange([yaml, await forms.GetAsync(mode, "pulumi-typescript")]);

            var resources = (JsonObject)ManifestFolder.Parse(await File.ReadAllTextAsync(Path.Combine(yaml, "Pulumi.yaml"))).Single()["resources"]!; // There are some.
            Assert.Equal(
                Manifests(await forms.GetAsync(mode, "kustomize")).Select(m => $"{m["apiVersion"]}:{Name(m)}").Order(StringComparer.Ordinal),
                resources.Select(r => $"{ApiVersion(r.Value!)}:{Kind(r.Value!)}/{r.Value!["properties"]!["metadata"]!["name"]}") // They have these.
                    .Order(StringComparer.Ordinal));
            foreach (var manifest in Manifests(await forms.GetAsync(mode, "kustomize")).Where(m => m["spec"] is not null))
            {
                Assert.Contains(resources, r => JsonNode.DeepEquals(Undollared(r.Value!["properties"]!["spec"]), manifest["spec"])); // As above.
            }
        }

        Assert.Equal("", await Judges.AskAsync("pulumi.mjs", [.. folders]));
    }

    [SkippableFact]
    public async Task Sidecars_are_manifests_and_the_pods_of_the_other_mode_are_let_in_at_the_strictest_level()
    {
        var sidecar = await forms.GetAsync("sidecar", "kustomize");
        Assert.Equal("", await Judges.AskAsync("kubernetes.mjs", [.. Directory.GetFiles(sidecar, "*.yaml").Where(f => Path.GetFileName(f) != "kustomization.yaml")]));

        var network = Manifests(await forms.GetAsync("network", "kustomize"), withExample: true).ToArray();
        foreach (var pod in network.Where(m => (string?)m["kind"] == "Deployment"))
        {
            var home = network.Single(m => Name(m) == $"Namespace/{pod["metadata"]!["namespace"]}"); // It has one.
            Assert.Equal("restricted", (string?)home["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"]);
            Assert.Equal("", PodSecurity.Refusal(pod, "restricted"));
        }

        var workload = Manifests(sidecar, withExample: true).Single(m => Name(m) == "Deployment/example-workload");
        Assert.Contains("firewall adds NET_ADMIN", PodSecurity.Refusal(workload, "restricted"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_script_of_a_sidecar_passes_shellcheck_and_its_rules_nft()
    {
        CommandLine.Require("shellcheck", "shellcheck");
        CommandLine.Require("nft", "nftables");
        Skip.IfNot(Environment.IsPrivilegedProcess, "nft checks rules for root alone");
        var data = Manifests(await forms.GetAsync("sidecar", "kustomize")).Single(m => Name(m) == "ConfigMap/iron-proxy-firewall")["data"]!; // It has some.
        var folder = forms.New("rules");
        var (script, rules) = (Path.Combine(folder, "firewall.sh"), Path.Combine(folder, "firewall.nft"));
        await File.WriteAllTextAsync(script, (string?)data["firewall.sh"]);
        await File.WriteAllTextAsync(rules, (string?)data["firewall.nft"]);

        var (exit, output, error) = await CommandLine.RunAsync("shellcheck", script);
        Assert.True(exit == 0, output + error);
        (exit, output, error) = await CommandLine.RunAsync("unshare", "--net", "nft", "--check", "--file", rules);
        Assert.True(exit == 0, output + error);
    }

    private static string Name(JsonObject manifest) => $"{manifest["kind"]}/{manifest["metadata"]!["name"]}"; // It has both.

    /// <summary>The last part of the token, unless that says that the properties know.</summary>
    private static string? Kind(JsonNode resource) => (string?)resource["properties"]!["kind"] ?? ((string)resource["type"]!).Split(':')[^1]; // It has both.

    private static string? ApiVersion(JsonNode resource) =>
        (string?)resource["properties"]!["apiVersion"] ?? ((string)resource["type"]!).Split(':')[1].Replace("core/", "", StringComparison.Ordinal); // As above.

    /// <summary>Dollar signs are doubled in Pulumi YAML.</summary>
    private static JsonNode? Undollared(JsonNode? node) => node is null ? null : JsonNode.Parse(node.ToJsonString().Replace("$$", "$", StringComparison.Ordinal));

    private static IEnumerable<JsonObject> Manifests(string folder, bool withExample = false) => ManifestFolder.Read(
        folder,
        Directory.GetFiles(folder, "*.yaml").Where(f => Path.GetFileName(f) is not "kustomization.yaml" && (withExample || Path.GetFileName(f) != "example-workload.yaml")));
}

/// <summary>Deployments that only differ in form, each generated once.</summary>
public sealed class GeneratedForms : IDisposable
{
    private const string Network = """
        dns: {listen: ":53", proxy_ip: 10.96.0.53}
        proxy: {http_listen: ":80", https_listen: ":443"}
        tls: {ca_cert: /certs/ca.crt, ca_key: /certs/ca.key}
        transforms:
          - {name: allowlist, config: {domains: [api.example.com]}}
          - name: secrets
            config:
              secrets:
                - source: {type: env, var: API_KEY}
                  replace: {proxy_value: "{{token}}", match_headers: [Authorization]}
                  rules: [{host: api.example.com}]
        """;

    private static readonly string Sidecar = Network.Replace("10.96.0.53", "127.0.0.1, upstream_resolver: \"10.96.0.10:53\"", StringComparison.Ordinal);

    private readonly string _folder = Directory.CreateTempSubdirectory("k8s-forms-").FullName;

    /// <summary>The folder of one.</summary>
    internal async Task<string> GetAsync(string mode, string form)
    {
        var folder = Path.Combine(_folder, $"{mode}-{form}");
        if (!Directory.Exists(folder))
        {
            var policy = Path.Combine(_folder, $"{mode}.yaml");
            await File.WriteAllTextAsync(policy, mode == "sidecar" ? Sidecar : Network);
            var (exit, output, error) = await CommandLine.RunAsync(
                ProxyBinaries.Ironc, "deploy", "-t", "k8s", policy, "-o", folder,
                "--set", "image=registry.example.com/iron-proxy:0.1.0", "--set", $"mode={mode}", "--set", $"form={form}", "--set", "service_monitor=true");
            Assert.True(exit == 0, output + error);
        }

        return folder;
    }

    /// <summary>A folder for something else.</summary>
    internal string New(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
