using System.Text.Json.Nodes;

namespace IronProxy.EndToEnd.Tests.Deployments.Kubernetes;

/// <summary>What the target k8s makes, run by podman and attacked from the example workload; then with the mistakes that people make.</summary>
[Collection(DeploymentCollection.Name)]
public sealed class KubernetesTests(DeploymentWorld world) : IAsyncLifetime
{
    private const string Policy = """
        dns: {listen: ":53", proxy_ip: 10.96.0.53}
        proxy: {http_listen: ":80", https_listen: ":443", upstream_deny_cidrs: ["169.254.0.0/16"]}
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

    private KubernetesCluster Cluster => _cluster ?? throw new InvalidOperationException("The test calls Require first.");

    public async Task InitializeAsync()
    {
        if (world.IsThere)
        {
            _cluster = await KubernetesCluster.CreateAsync(world, Policy);
            await _cluster.StartProxyAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task The_workload_gets_what_is_allowed_and_has_no_other_way_out()
    {
        world.Require();
        await Cluster.StartWorkloadAsync();

        var report = await Cluster.AttackAsync();

        Assert.True(report.ExitCode == 0, report.ToString());
        Assert.Empty(Cluster.Outside.Arrivals);
        Assert.Contains(Cluster.Outside.Received, head => head.Contains($"Bearer {KubernetesCluster.RealKey}", StringComparison.Ordinal));
        var log = await Cluster.LogsAsync();
        Assert.Contains("\"host\":\"api.example.com\"", log, StringComparison.Ordinal);
        Assert.Contains("\"status_code\":403", log, StringComparison.Ordinal);
        Assert.DoesNotContain(KubernetesCluster.RealKey, log, StringComparison.Ordinal);
    }
}
