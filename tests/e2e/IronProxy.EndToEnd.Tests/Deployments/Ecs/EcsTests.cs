using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Worlds;

namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>What the target ecs makes, on an instance with a real Docker, and attacked from a workload on its bridge.</summary>
[Collection(DockerCollection.Name)]
public sealed class EcsTests(DockerWorld world)
{
    [SkippableFact]
    public async Task The_workload_gets_what_is_allowed_and_has_no_other_way_out()
    {
        world.Require();
        await using var instance = await EcsInstance.StartAsync(world, "ecs-held");
        await instance.StartWorkloadAsync();

        await instance.AssertHeldAsync();

        // The task that users run has the same opinion.
        var doctor = await instance.RunDoctorTaskAsync();
        Assert.StartsWith("0\n", doctor.OutputOfSuccess(), StringComparison.Ordinal);

        // Rules of others that come before ours are noticed, and loading puts ours first again. So is Docker, which puts its own first.
        await instance.OnHostAsync("iptables -I FORWARD -i docker0 -j ACCEPT");
        try
        {
            Assert.Contains("iptables comes to others first", (await instance.FirewallAsync("check")).Output, StringComparison.Ordinal);
            await instance.OnHostAsync("iptables -D FORWARD -j DOCKER-USER");
            (await instance.FirewallAsync("load")).OutputOfSuccess();
            (await instance.FirewallAsync("check")).OutputOfSuccess();
            await instance.AssertHeldAsync();
        }
        finally
        {
            await instance.OnHostAsync("iptables -D FORWARD -i docker0 -j ACCEPT");
        }
    }

    [SkippableFact]
    public async Task What_the_agent_inserts_when_it_starts_lets_no_workload_to_its_port()
    {
        world.Require();
        await using var instance = await EcsInstance.StartAsync(world, "ecs-init");
        await instance.StartWorkloadAsync();
        try
        {
            // The rules first: then the agent's come before them, its port is open, and the check says so. Loading puts ours first again.
            await instance.StartAgentAsync("pre-start");
            Assert.Equal("open closed", await AgentSeenAsync()); // With IPv6 the rest of our rules lets nobody find a neighbour.
            Assert.Contains("iptables comes to others first", (await instance.FirewallAsync("check")).Output, StringComparison.Ordinal);
            (await instance.FirewallAsync("load")).OutputOfSuccess();
            await AssertClosedAsync();

            // The agent ends and starts again.
            await instance.StartAgentAsync("post-stop");
            await AssertClosedAsync();
            await instance.StartAgentAsync("pre-start");
            (await instance.FirewallAsync("load")).OutputOfSuccess();
            await AssertClosedAsync();

            // The agent's first, twice: one that was killed removes nothing.
            (await instance.FirewallAsync("unload")).OutputOfSuccess();
            await instance.StartAgentAsync("pre-start");
            (await instance.FirewallAsync("load")).OutputOfSuccess();
            await AssertClosedAsync();
            await instance.AssertHeldAsync();
        }
        finally
        {
            await instance.StartAgentAsync("post-stop");
            await instance.StartAgentAsync("post-stop");
        }

        async Task AssertClosedAsync()
        {
            (await instance.FirewallAsync("check")).OutputOfSuccess();
            Assert.Equal("closed closed", await AgentSeenAsync());
        }

        async Task<string> AgentSeenAsync() =>
            (await world.RunAsync($"docker exec workload bash -c 'for a in 172.17.0.1 {EcsInstance.BridgeV6}; do (exec 3<> /dev/tcp/$a/{EcsInit.IntrospectionPort}) 2> /dev/null && echo open || echo closed; done'"))
            .OutputOfSuccess().Trim().Replace('\n', ' ');
    }

    [SkippableFact]
    public async Task Rules_that_are_taken_away_are_missed()
    {
        world.Require();
        await using var instance = await EcsInstance.StartAsync(world, "ecs-rules");
        await instance.StartWorkloadAsync();

        // IPv6 first. Without its rules for INPUT the workload finds the host, and with that a way to others, which is closed by the rest.
        await instance.OnHostAsync("ip6tables -D INPUT -j IRON-PROXY-INPUT");
        Assert.Equal((true, false), FoundIPv6(await instance.AttackAsync()));
        await instance.OnHostAsync("ip6tables -D DOCKER-USER -j IRON-PROXY-FORWARD");
        Assert.Equal((true, true), FoundIPv6(await instance.AttackAsync()));
        Assert.Equal(1, (await instance.FirewallAsync("check")).ExitCode);
        (await instance.FirewallAsync("load")).OutputOfSuccess();
        await instance.AssertHeldAsync();

        await instance.OnHostAsync("iptables -D INPUT -j IRON-PROXY-INPUT");
        Assert.Contains("host", (await instance.AttackAsync()).Holes);
        (await instance.FirewallAsync("load")).OutputOfSuccess();

        await instance.OnHostAsync("iptables -D DOCKER-USER -j IRON-PROXY-FORWARD");
        var report = await instance.AttackAsync();
        Assert.Superset(new HashSet<string> { "dns", "icmp", "metadata", "ports", "quic", "tcp", "udp" }, report.Holes.ToHashSet());
        Assert.Equal(1, (await instance.FirewallAsync("check")).ExitCode);
    }

    [SkippableFact]
    public async Task A_plan_that_somebody_has_replaced_in_the_bucket_does_not_run()
    {
        world.Require();
        await using var instance = await EcsInstance.StartAsync(world, "ecs-plan");
        await File.AppendAllTextAsync(Assert.Single(Directory.GetFiles(instance.Plans)), "\n");

        await world.RunAsync("docker restart iron-proxy");

        Assert.Equal("1", (await world.RunAsync("docker wait iron-proxy")).OutputOfSuccess().Trim());
        Assert.Contains("is not the plan that -plan-hash names", (await world.RunAsync("docker logs iron-proxy")).Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_workload_with_the_CAs_key_or_capabilities_is_found()
    {
        world.Require();
        await using var instance = await EcsInstance.StartAsync(world, "ecs-mistakes");
        await instance.StartWorkloadAsync(task =>
        {
            var container = task["containerDefinitions"]![0]!; // There is one.
            container["user"] = "0:10001";
            container["linuxParameters"] = new JsonObject { ["capabilities"] = new JsonObject { ["add"] = new JsonArray("NET_ADMIN") } };
            container["mountPoints"]!.AsArray().Add(new JsonObject { ["sourceVolume"] = "ca", ["containerPath"] = "/certs", ["readOnly"] = true });
            task["volumes"]!.AsArray().Add(new JsonObject { ["name"] = "ca", ["host"] = new JsonObject { ["sourcePath"] = "/var/lib/iron-proxy/ca" } });
        });

        Assert.Equal(["files", "privileges"], (await instance.AttackAsync()).Holes);
    }

    [SkippableFact]
    public async Task The_proxy_serves_the_bridge_and_nobody_else_and_cannot_ask_for_the_instances_role()
    {
        world.Require();
        await using var instance = await EcsInstance.StartAsync(world, "ecs-host");

        // A neighbour in the network of the instance, who sends packets for the bridge's address to it.
        await world.Outside.Network.IpAsync("route replace 172.17.0.1/32 via 203.0.113.2");
        var neighbour = $"nsenter --net=/run/netns/{world.Outside.Network.Name} curl -sS -m 3 -o /dev/null http://172.17.0.1/";
        try
        {
            Assert.Equal(28, (await world.RunAsync(neighbour)).ExitCode);
            (await instance.FirewallAsync("unload")).OutputOfSuccess();
            Assert.Equal(0, (await world.RunAsync(neighbour)).ExitCode);
        }
        finally
        {
            await world.Outside.Network.IpAsync("route del 172.17.0.1/32");
        }

        var metadata = $"{world.OnHost} setpriv --reuid 10001 --regid 10001 --clear-groups curl -sS -m 3 -o /dev/null http://169.254.169.254/";
        Assert.Equal(0, (await world.RunAsync(metadata)).ExitCode);
        (await instance.FirewallAsync("load")).OutputOfSuccess();
        Assert.Equal(7, (await world.RunAsync(metadata)).ExitCode);
    }

    /// <summary>Whether it found something with IPv6, and whether outside.</summary>
    private static (bool Any, bool Outside) FoundIPv6(DoctorReport report) =>
        (report.Holes.Contains("ipv6"), report.Of("hole").Any(l => l.Target.Contains(OutsideWorld.ServerV6, StringComparison.Ordinal)));
}
