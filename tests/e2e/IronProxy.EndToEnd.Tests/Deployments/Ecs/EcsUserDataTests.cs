using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>
/// The user data on a Debian that boots systemd. Docker and the agent are units that do what matters here: Docker makes the bridge with
/// the address of its settings, puts its rules first and bears as few starts, and the agent's unit puts its own first (<see cref="EcsInit"/>).
/// </summary>
public sealed class EcsUserDataTests
{
    // What Docker inserts when it starts, to 27 and since 28 (moby/moby: integration/network/bridge/iptablesdoc/generated/new-daemon.md).
    private const string Docker = """
        #!/bin/bash
        set -eu
        address="$(python3 -c 'import json; print(json.load(open("/etc/docker/daemon.json")).get("bip", "172.18.0.1/16"))')"
        ip link add docker0 type bridge
        ip address add "$address" dev docker0
        ip link set docker0 up
        for program in iptables ip6tables; do
            for chain in DOCKER DOCKER-FORWARD DOCKER-ISOLATION-STAGE-1 DOCKER-USER; do "$program" -w -N "$chain" 2> /dev/null || true; done
            if [ -e /etc/docker/28 ]; then
                "$program" -w -A DOCKER-FORWARD -i docker0 -j ACCEPT
                "$program" -w -I FORWARD -j DOCKER-FORWARD
            else
                "$program" -w -I FORWARD -i docker0 -o docker0 -j ACCEPT
                "$program" -w -I FORWARD -i docker0 ! -o docker0 -j ACCEPT
                "$program" -w -I FORWARD -o docker0 -j DOCKER
                "$program" -w -I FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
                "$program" -w -I FORWARD -j DOCKER-ISOLATION-STAGE-1
                "$program" -w -C DOCKER-USER -j RETURN 2> /dev/null || "$program" -w -A DOCKER-USER -j RETURN
            fi
            while "$program" -w -D FORWARD -j DOCKER-USER 2> /dev/null; do :; done
            "$program" -w -I FORWARD -j DOCKER-USER
        done
        """;

    private static readonly string Units = $$"""
        cat > /usr/local/sbin/docker-start << 'EOF'
        {{Docker}}
        EOF
        mkdir -p /usr/libexec
        cat > /usr/libexec/amazon-ecs-init << 'EOF'
        {{EcsInit.Program}}
        EOF
        chmod +x /usr/local/sbin/docker-start /usr/libexec/amazon-ecs-init
        printf '[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=60\n[Service]\nExecStartPre=/usr/local/sbin/docker-start\nExecStart=/bin/sleep infinity\nExecStopPost=/sbin/ip link delete docker0\n[Install]\nWantedBy=multi-user.target\n' > /usr/lib/systemd/system/docker.service
        cat > /usr/lib/systemd/system/ecs.service << 'EOF'
        {{EcsInit.Unit}}
        EOF
        mkdir -p /etc/docker /etc/ecs
        echo '{"log-level": "warn"}' > /etc/docker/daemon.json
        printf 'ECS_CLUSTER=another\nECS_INSTANCE_ATTRIBUTES={"stack": "agents"}\nECS_LOGLEVEL=warn\n' > /etc/ecs/ecs.config
        systemctl daemon-reload
        systemctl enable --now docker
        systemctl enable ecs
        """;

    [SkippableFact]
    public async Task An_instance_takes_tasks_only_behind_the_rules()
    {
        SystemdMachine.Require();
        await using var instance = new SystemdMachine();
        await CommandLine.SucceedAsync(
            ProxyBinaries.Ironc, "deploy", "--target", "ecs", Repository.Path("samples", "quickstart", "proxy.yaml"), "-o", Path.Combine(instance.Folder, "ecs"),
            "--options", Repository.Path("samples", "quickstart", "deployments", "ecs.options"));
        await instance.BootAsync(Path.Combine(instance.Folder, "ecs") + ":/ecs:ro");
        await instance.SucceedAsync("bash", "-euc", Units);

        // As cloud-init does: the agent waits for its end. A second time changes nothing.
        await instance.SucceedAsync("/ecs/instances/user-data.sh");
        await instance.SucceedAsync("/ecs/instances/user-data.sh");
        await instance.SucceedAsync("systemctl", "start", "ecs");
        await AssertClosedAsync(instance);
        Assert.Equal(
            "ECS_LOGLEVEL=warn\nECS_CLUSTER=default\nECS_ENABLE_TASK_IAM_ROLE=true\nECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true\nECS_AWSVPC_BLOCK_IMDS=true\nECS_DISABLE_PRIVILEGED=true\nECS_INSTANCE_ATTRIBUTES={\"stack\":\"agents\",\"iron-proxy.closed\":\"true\"}\n",
            await instance.SucceedAsync("cat", "/etc/ecs/ecs.config"));
        Assert.Equal("{\n  \"log-level\": \"warn\",\n  \"bip\": \"172.20.0.2/24\"\n}", await instance.SucceedAsync("cat", "/etc/docker/daemon.json"));
        Assert.Equal("750 0:10001\n755 0:0\n", await instance.SucceedAsync("stat", "-c", "%a %u:%g", "/var/lib/iron-proxy/ca", "/var/lib/iron-proxy/trust"));
        Assert.Equal("53\n", await instance.SucceedAsync("sysctl", "-n", "net.ipv4.ip_unprivileged_port_start"));

        // The agent comes back, Docker does, with the agent behind it, and so does the instance.
        await RestartAsync(instance, "ecs");
        await AssertClosedAsync(instance);
        await RestartAsync(instance, "docker");
        await AssertClosedAsync(instance);
        await instance.SucceedAsync("touch", "/etc/docker/28");
        await RestartAsync(instance, "docker");
        await AssertClosedAsync(instance);
        await instance.RebootAsync();
        await AssertClosedAsync(instance);

        // The rules cannot be loaded: there is no Docker, no bridge, and no agent; nor after a reboot.
        await instance.SucceedAsync("bash", "-c", "mv /usr/sbin/iptables-restore /usr/sbin/iptables-restore.away");
        Assert.NotEqual(0, (await instance.RunAsync("systemctl", "restart", "docker")).ExitCode);
        await AssertTakesNoTasksAsync(instance);
        await instance.RebootAsync();
        await AssertTakesNoTasksAsync(instance);

        // And an instance where that is so from the beginning says so.
        await instance.SucceedAsync("sed", "-i", "/ATTRIBUTES/d", "/etc/ecs/ecs.config");
        var failed = await instance.RunAsync("/ecs/instances/user-data.sh");
        Assert.NotEqual(0, failed.ExitCode);
        Assert.DoesNotContain("closed", await instance.SucceedAsync("cat", "/etc/ecs/ecs.config"), StringComparison.Ordinal);
        Assert.Contains("so it takes no tasks", failed.Error, StringComparison.Ordinal);
        Assert.Equal("masked\n", (await instance.RunAsync("systemctl", "is-enabled", "ecs")).Output);
    }

    /// <summary>Restarts a unit, and waits for the agent, which ends with Docker and tries again.</summary>
    private static async Task RestartAsync(SystemdMachine instance, string unit)
    {
        var before = await AgentAsync();
        await instance.SucceedAsync("systemctl", "restart", unit);
        Assert.True(await Patience.UntilAsync(async () => await AgentAsync() is var now && now != before && now.Contains("ActiveState=active\n", StringComparison.Ordinal)), await AgentAsync());

        Task<string> AgentAsync() => instance.SucceedAsync("systemctl", "show", "--property", "InvocationID,ActiveState", "ecs");
    }

    private static async Task AssertClosedAsync(SystemdMachine instance)
    {
        // After a boot the agent may be later than the rest.
        var states = "";
        Assert.True(await Patience.UntilAsync(async () => (states = (await instance.RunAsync("systemctl", "is-active", "iron-proxy-firewall", "docker", "ecs")).Output) == "active\nactive\nactive\n"), states);
        await instance.SucceedAsync("iron-proxy-firewall", "check");
        Assert.StartsWith("-P FORWARD ACCEPT\n-A FORWARD -j DOCKER-USER\n", await instance.SucceedAsync("iptables", "-S", "FORWARD"), StringComparison.Ordinal);
        foreach (var program in new[] { "iptables", "ip6tables" })
        {
            // The agent's rules are there, behind ours.
            var rules = (await instance.SucceedAsync(program, "-S", "INPUT")).Split('\n');
            Assert.InRange(Array.IndexOf(rules, "-A INPUT -j IRON-PROXY-INPUT"), 0, Array.IndexOf(rules, $"-A INPUT -i docker0 -p tcp -m tcp --dport {EcsInit.IntrospectionPort} -j ACCEPT"));
        }
    }

    private static async Task AssertTakesNoTasksAsync(SystemdMachine instance)
    {
        // While Docker's unit stops, its bridge is still there; the agent may be trying again for ever.
        await UntilAsync("docker", static state => state is "inactive\n" or "failed\n");
        await UntilAsync("ecs", static state => state != "active\n");
        Assert.NotEqual(0, (await instance.RunAsync("ip", "link", "show", "dev", "docker0")).ExitCode);

        async Task UntilAsync(string unit, Func<string, bool> isSettled)
        {
            var state = "";
            Assert.True(await Patience.UntilAsync(async () => isSettled(state = (await instance.RunAsync("systemctl", "is-active", unit)).Output)), $"{unit}: {state}");
        }
    }
}
