using System.Text.Json.Nodes;

namespace IronProxy.EndToEnd.Tests.Deployments.Kubernetes;

/// <summary>The proxy of mode=network, which all attacks of <see cref="KubernetesTests"/> find running.</summary>
public sealed class NetworkProxyCluster(PodmanWorld world) : IAsyncLifetime
{
    private const string Policy = """
        dns: {listen: ":53", proxy_ip: 10.96.0.53}
        proxy: {http_listen: ":80", https_listen: ":443", upstream_deny_cidrs: ["169.254.0.0/16", "fd00:ec2::254/128"]}
        tls: {ca_cert: /certs/ca.crt, ca_key: /certs/ca.key}
        transforms:
          - {name: allowlist, config: {domains: [api.example.com]}}
          - name: secrets
            config:
              secrets:
                - source: {type: env, var: API_KEY}
                  replace: {proxy_value: placeholder-key, match_headers: [Authorization]}
                  rules: [{host: api.example.com}]
        """;

    private KubernetesCluster? _cluster;

    public async Task InitializeAsync()
    {
        if (world.IsThere)
        {
            _cluster = await KubernetesCluster.CreateAsync(world, Policy);
            try
            {
                await _cluster.StartProxyAsync();
            }
            catch
            {
                await _cluster.DisposeAsync();
                throw;
            }
        }
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    /// <summary>The cluster, with the manifests as they were generated. Skips the test where there can be none.</summary>
    internal KubernetesCluster AsGenerated()
    {
        world.Require();
        _cluster!.Restore(); // It is there: the world is.
        return _cluster;
    }
}

/// <summary>
/// What the target k8s makes, run by podman and attacked from the example workload; then with the mistakes that people make, each of which
/// doctor sees. Those that are the workload's own, the pod security standards refuse before it runs.
/// </summary>
[Collection(PodmanCollection.Name)]
public sealed class KubernetesTests(NetworkProxyCluster network) : IClassFixture<NetworkProxyCluster>
{
    [SkippableFact]
    public async Task The_workload_gets_what_is_allowed_and_has_no_other_way_out()
    {
        var cluster = network.AsGenerated();
        await cluster.StartWorkloadAsync();

        await cluster.Outside.AssertHeldAsync(cluster.AttackAsync, KubernetesCluster.RealKey);

        var log = await cluster.LogsAsync();
        Assert.Contains("\"host\":\"api.example.com\"", log, StringComparison.Ordinal);
        Assert.Contains("\"status_code\":403", log, StringComparison.Ordinal);
        Assert.DoesNotContain(KubernetesCluster.RealKey, log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_proxy_reaches_the_port_of_names_where_the_policy_closes_the_rest()
    {
        var cluster = network.AsGenerated();
        await cluster.StartWorkloadAsync();

        Assert.Equal("0", (await cluster.InProxyAsync("timeout 30 bash -c 'exec 3<> /dev/tcp/169.254.169.254/53'; echo $?")).Trim());
        Assert.Equal("124", (await cluster.InProxyAsync("timeout 3 bash -c 'exec 3<> /dev/tcp/169.254.169.254/80'; echo $?")).Trim());
    }

    [SkippableFact]
    public async Task A_plugin_that_applies_policies_late_is_waited_for()
    {
        var cluster = network.AsGenerated();
        await cluster.StartWorkloadBeforeItsRulesAsync("the API server answers, so no network policy holds this pod");

        await cluster.Outside.AssertHeldAsync(cluster.AttackAsync, KubernetesCluster.RealKey);
    }

    [SkippableFact]
    public async Task Where_nothing_enforces_policies_nothing_starts()
    {
        var cluster = network.AsGenerated();
        cluster.Manifests.Remove(cluster.Of("NetworkPolicy", "iron-proxy-egress-only"));
        cluster.Manifests.Remove(cluster.Of("NetworkPolicy", "no-egress-without-label"));

        Assert.Contains("trial: nothing starts here", await cluster.FailToStartWorkloadAsync("trial"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Without_its_policies_everything_is_open()
    {
        var cluster = network.AsGenerated();
        TakeTrialAway(cluster);
        cluster.Manifests.Remove(cluster.Of("NetworkPolicy", "iron-proxy-egress-only"));
        cluster.Manifests.Remove(cluster.Of("NetworkPolicy", "no-egress-without-label"));
        await cluster.StartWorkloadAsync();

        AssertHoles(await cluster.AttackAsync(), "tcp", "ports", "quic", "dns", "ipv6", "metadata");
    }

    /// <summary>What is left then is the policy that denies, as it is when the policy of workloads is removed.</summary>
    [SkippableFact]
    public async Task A_pod_without_the_label_reaches_nothing()
    {
        var cluster = network.AsGenerated();
        TakeTrialAway(cluster);
        ((JsonObject)cluster.WorkloadTemplate["metadata"]!["labels"]!).Remove("egress"); // It has labels.
        await cluster.StartWorkloadAsync();

        var report = await cluster.AttackAsync();

        Assert.Empty(report.Holes);
        Assert.Contains(report.Of("broken"), l => l.Check == "allowed");
    }

    [SkippableFact]
    public async Task A_policy_that_opens_one_address_is_found()
    {
        var cluster = network.AsGenerated();
        var rules = (JsonArray)cluster.Of("NetworkPolicy", "iron-proxy-egress-only")["spec"]!["egress"]!; // It has rules.
        rules.Add(JsonNode.Parse("""{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"protocol": "TCP", "port": 443}]}"""));
        await cluster.StartWorkloadAsync();

        AssertHoles(await cluster.AttackAsync(), "tcp");
    }

    [SkippableFact]
    public async Task A_workload_on_the_network_of_the_node_is_found_and_would_be_refused()
    {
        var cluster = network.AsGenerated();
        TakeTrialAway(cluster);
        cluster.WorkloadSpec["hostNetwork"] = true;
        cluster.WorkloadSpec["dnsPolicy"] = "Default"; // Services are no use to it there.
        await cluster.StartWorkloadAsync();

        AssertHoles(await cluster.AttackAsync(), "tcp", "quic", "dns", "ipv6");
        Assert.Contains("hostNetwork", cluster.RefusalOfWorkload(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_workload_that_is_root_and_rules_its_network_is_found_and_would_be_refused()
    {
        var cluster = network.AsGenerated();
        cluster.WorkloadSpec["securityContext"] = JsonNode.Parse("""{"runAsUser": 0}""");
        cluster.WorkloadSpec["containers"]![0]!["securityContext"] = JsonNode.Parse("""{"capabilities": {"add": ["NET_ADMIN"]}}"""); // It has one.
        await cluster.StartWorkloadAsync();

        AssertHoles(await cluster.AttackAsync(), "privileges");
        Assert.Contains("NET_ADMIN", cluster.RefusalOfWorkload(), StringComparison.Ordinal);
        Assert.Contains("runAsNonRoot", cluster.RefusalOfWorkload(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_workload_that_mounts_the_secrets_is_found()
    {
        var cluster = network.AsGenerated();
        var container = cluster.WorkloadSpec["containers"]![0]!; // It has one.
        ((JsonArray)cluster.WorkloadSpec["volumes"]!).Add(JsonNode.Parse("""{"name": "stolen", "secret": {"secretName": "iron-proxy-ca"}}""")); // And volumes.
        ((JsonArray)container["volumeMounts"]!).Add(JsonNode.Parse("""{"name": "stolen", "mountPath": "/stolen"}""")); // And mounts.
        ((JsonArray)container["env"]!).Add(JsonNode.Parse("""{"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "iron-proxy-secrets", "key": "API_KEY"}}}""")); // And variables.
        await cluster.StartWorkloadAsync();

        AssertHoles(await cluster.AttackAsync(), "environment", "files");
    }

    /// <summary>Without it the pod starts, whatever holds it.</summary>
    private static void TakeTrialAway(KubernetesCluster cluster) =>
        Assert.Equal(1, ((JsonArray)cluster.WorkloadSpec["initContainers"]!).RemoveAll(c => (string?)c!["name"] == "trial")); // It has some.

    private static void AssertHoles(Doctor.DoctorReport report, params string[] checks)
    {
        Assert.Equal(1, report.ExitCode);
        Assert.All(checks, check => Assert.True(report.Holes.Contains(check), $"No hole in {check}:\n{report}"));
    }
}
