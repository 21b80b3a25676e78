namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>The proxy in the workload's task, attacked from the workload beside it.</summary>
[Collection(DockerCollection.Name)]
public sealed class EcsSidecarTests(DockerWorld world)
{
    [SkippableFact]
    public async Task The_workload_beside_the_proxy_has_no_way_out_but_through_it()
    {
        world.Require();
        await using var task = await EcsTask.CreateAsync(world, "ecs-sidecar");
        (await task.TryAsync())?.OutputOfSuccess();

        // The task as it was generated has an opinion of its own.
        Assert.StartsWith("0\n", (await task.DoctorAsync()).OutputOfSuccess(), StringComparison.Ordinal);

        await task.StartWorkloadAsync();
        await task.AssertHeldAsync();
        await AssertWhoReachesWhatAsync(task);

        // A socket that is bound to the interface, whose packets a redirection does not lead back.
        const string Bound = "curl -sS -m 3 -o /dev/null --interface eth0 http://198.51.100.10/";
        Assert.NotEqual(0, (await task.InNetworkAsync($"setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set -all {Bound}")).ExitCode);

        // The user of the proxy is what the rules let out. Preflight refuses it (IRON3418), where it is told.
        await task.StartWorkloadAsync("10001:10001");
        Assert.Superset(new HashSet<string> { "dns", "ipv6", "quic", "tcp", "udp" }, (await task.AttackAsync()).Holes.ToHashSet());

        // Without the redirection nothing works, and nothing is open.
        await task.StartWorkloadAsync();
        (await task.InNetworkAsync("nft flush chain inet iron_proxy divert")).OutputOfSuccess();
        var closed = await task.AttackAsync();
        Assert.Empty(closed.Holes);
        Assert.Contains(closed.Of("broken"), l => l.Check == "allowed");

        // Without the rest everything is open.
        (await task.InNetworkAsync("nft flush chain inet iron_proxy output")).OutputOfSuccess();
        Assert.Superset(new HashSet<string> { "admin", "dns", "icmp", "ipv6", "metadata", "ports", "quic", "tcp", "udp" }, (await task.AttackAsync()).Holes.ToHashSet());
    }

    [SkippableFact]
    public async Task Where_the_rules_cannot_be_loaded_nothing_starts()
    {
        world.Require();
        await using var task = await EcsTask.CreateAsync(world, "ecs-sidecar-unprivileged");

        var failed = await task.TryAsync(t => t["containerDefinitions"]![0]!["linuxParameters"]!["capabilities"]!.AsObject().Remove("add")); // It has them.

        Assert.NotNull(failed);
        Assert.Contains("Operation not permitted", failed.Output, StringComparison.Ordinal);
        Assert.Equal("", (await world.RunAsync("docker ps --all --quiet --filter name=iron-proxy --filter name=doctor")).OutputOfSuccess());

        // Rules that load, and do not hold.
        (await world.RunAsync("docker rm firewall")).OutputOfSuccess();
        failed = await task.TryAsync(t => t["containerDefinitions"]![0]!["environment"]![0]!["value"] = "table inet iron_proxy"); // It has the rules.
        Assert.NotNull(failed);
        Assert.Contains("so nothing may start", failed.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Without_rules_the_workload_walks_around_the_proxy()
    {
        world.Require();
        await using var task = await EcsTask.CreateAsync(world, "ecs-sidecar-open", "firewall=false");
        (await task.TryAsync())?.OutputOfSuccess();
        await task.StartWorkloadAsync();

        Assert.Superset(new HashSet<string> { "admin", "dns", "icmp", "ipv6", "metadata", "ports", "quic", "tcp", "udp" }, (await task.AttackAsync()).Holes.ToHashSet());
    }

    /// <summary>Others reach what the workload may serve, and neither what else it opens nor the proxy, and the proxy not the role of the instance.</summary>
    private async Task AssertWhoReachesWhatAsync(EcsTask task)
    {
        var address = await task.AddressAsync();
        foreach (var port in new[] { 8000, 8001 })
        {
            (await world.RunAsync($"docker exec --detach workload openssl s_server -nocert -port {port}")).OutputOfSuccess();
            // It ends with its first connection.
            (await task.InNetworkAsync($"timeout 300 bash -c 'until ss -Hltn sport = :{port} | grep -q .; do sleep 0.2; done'")).OutputOfSuccess();
        }

        Assert.Equal(28, (await world.RunAsync($"{world.OnHost} curl -sS -m 2 -o /dev/null http://{address}:8080/")).ExitCode);
        Assert.Equal(0, (await world.RunAsync($"{world.OnHost} timeout 300 bash -c 'exec 3<> /dev/tcp/{address}/8000'")).ExitCode);
        Assert.Equal(124, (await world.RunAsync($"{world.OnHost} timeout 3 bash -c 'exec 3<> /dev/tcp/{address}/8001'")).ExitCode);

        const string AsProxy = "setpriv --reuid 10001 --regid 10001 --clear-groups curl -sS -m 3 -o /dev/null";
        Assert.Equal(7, (await task.InNetworkAsync($"{AsProxy} http://169.254.169.254/")).ExitCode);
        Assert.Equal(0, (await task.InNetworkAsync($"{AsProxy} http://169.254.170.2/")).ExitCode);
    }
}
