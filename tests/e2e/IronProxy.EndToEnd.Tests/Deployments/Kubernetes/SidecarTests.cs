using System.Text.Json.Nodes;

namespace IronProxy.EndToEnd.Tests.Deployments.Kubernetes;

/// <summary>The proxy in the workload's pod, attacked from the workload beside it.</summary>
[Collection(PodmanCollection.Name)]
public sealed class SidecarTests(PodmanWorld world)
{
    private const string Policy = """
        dns: {listen: ":53", proxy_ip: 127.0.0.1, upstream_resolver: "198.51.100.20:53"}
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

    private const string Proxy = "example-workload-iron-proxy";

    [SkippableFact]
    public async Task The_workload_beside_the_proxy_has_no_way_out_but_through_it()
    {
        world.Require();
        await using var cluster = await KubernetesCluster.CreateAsync(world, Policy, "mode=sidecar");
        await cluster.StartWorkloadAsync();
        await cluster.UntilReadyAsync(Proxy);

        await cluster.Outside.AssertHeldAsync(cluster.AttackAsync, KubernetesCluster.RealKey);
        Assert.Empty(cluster.Outside.Arrivals);
        Assert.DoesNotContain(KubernetesCluster.RealKey, await cluster.LogsAsync(Proxy), StringComparison.Ordinal);

        // The user of the proxy is what the rules let out: a workload that has it is behind the network policy alone.
        cluster.WorkloadSpec["containers"]![0]!["securityContext"]!["runAsUser"] = 10001; // It has one.
        await cluster.StartWorkloadAsync();
        await cluster.UntilReadyAsync(Proxy);
        var second = await cluster.AttackAsync();
        Assert.Contains("tcp", second.Holes);
        Assert.DoesNotContain(second.Holes, h => h is "ports" or "quic" or "metadata");
    }

    [SkippableFact]
    public async Task With_the_network_policy_alone_the_workload_walks_around_the_proxy()
    {
        world.Require();
        await using var cluster = await KubernetesCluster.CreateAsync(world, Policy, "mode=sidecar", "firewall=false");
        await cluster.StartWorkloadAsync();
        await cluster.UntilReadyAsync(Proxy);

        var holes = (await cluster.AttackAsync()).Holes;

        Assert.Contains("tcp", holes);
        Assert.Contains("admin", holes);
        Assert.DoesNotContain("quic", holes);
    }

    [SkippableFact]
    public async Task Where_the_rules_cannot_be_loaded_nothing_starts()
    {
        world.Require();
        await using var cluster = await KubernetesCluster.CreateAsync(world, Policy, "mode=sidecar");
        var firewall = cluster.WorkloadSpec["initContainers"]!.AsArray().Single(c => (string?)c!["name"] == "firewall")!; // It is generated.
        ((JsonObject)firewall["securityContext"]!["capabilities"]!).Remove("add"); // It has them.

        var output = await cluster.FailToStartWorkloadAsync("firewall");

        Assert.Contains("Operation not permitted", output, StringComparison.Ordinal);
        Assert.Empty(cluster.Outside.Arrivals);
    }
}
