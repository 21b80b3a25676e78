namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>What the target compose makes, run by docker-compose, and attacked from the workload.</summary>
[Collection(DockerCollection.Name)]
public sealed class ComposeTests(DockerWorld world)
{
    [SkippableFact]
    public async Task The_workload_gets_what_is_allowed_and_has_no_other_way_out()
    {
        world.Require();
        await using var deployment = await ComposeDeployment.CreateAsync(world, "internal");
        (await deployment.UpAsync()).OutputOfSuccess();

        await deployment.AssertHeldAsync();
        await AssertServesAsync(deployment);

        var log = (await deployment.ComposeAsync("logs --no-color proxy")).OutputOfSuccess();
        Assert.Contains("\"host\":\"httpbin.org\"", log, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-", log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Ironc_drives_Compose_and_passes_its_exit_status_on()
    {
        world.Require();
        await using var deployment = await ComposeDeployment.CreateAsync(world, "apply");

        Assert.Contains("internal: true", (await deployment.DeployAsync("--preview")).OutputOfSuccess(), StringComparison.Ordinal);
        Assert.Equal("", (await deployment.ComposeAsync("ps -q")).OutputOfSuccess());

        // Twice: what runs already stays.
        Assert.Contains("+ cd . && docker compose up --detach --remove-orphans", (await deployment.DeployAsync("--apply")).OutputOfSuccess(), StringComparison.Ordinal);
        var workload = (await deployment.ComposeAsync("ps -q workload")).OutputOfSuccess();
        (await deployment.DeployAsync("--apply")).OutputOfSuccess();
        Assert.Equal(workload, (await deployment.ComposeAsync("ps -q workload")).OutputOfSuccess());
        await AssertServesAsync(deployment);

        (await deployment.DeployAsync("--destroy")).OutputOfSuccess();
        Assert.Equal("", (await deployment.ComposeAsync("ps -q")).OutputOfSuccess());

        (await deployment.RunAsync("mv .env away.env")).OutputOfSuccess();
        var failed = await deployment.DeployAsync("--apply --force");
        Assert.True(failed.ExitCode == (await deployment.ComposeAsync("up -d")).ExitCode && failed.ExitCode != 0, failed.Output);
        (await deployment.RunAsync("mv away.env .env")).OutputOfSuccess();
    }

    [SkippableFact]
    public async Task A_workload_on_the_egress_network_is_found()
    {
        world.Require();
        await using var deployment = await ComposeDeployment.CreateAsync(world, "egress");
        deployment.Add("mistake.yaml", "services: {workload: {networks: {egress: {}}}}\n");
        (await deployment.UpAsync()).OutputOfSuccess();

        // IPv6 is switched off inside of it, wherever it is.
        Assert.Equal(["dns", "host", "icmp", "metadata", "ports", "quic", "tcp", "udp"], (await deployment.AttackAsync()).Holes);
    }

    [SkippableFact]
    public async Task A_workload_with_the_secrets_the_CA_volume_or_capabilities_is_found()
    {
        world.Require();
        await using var deployment = await ComposeDeployment.CreateAsync(world, "secrets");
        deployment.Add("mistake.yaml", """
            services:
              workload:
                user: "0:0"
                env_file: [.env]
                cap_add: [NET_ADMIN]
                volumes: ["ca:/certs"]

            """);
        (await deployment.UpAsync()).OutputOfSuccess();

        var report = await deployment.AttackAsync();

        Assert.Equal(["environment", "files", "privileges", "processes"], report.Holes);
        Assert.Equal(["INTERNAL_TOKEN", "OPENAI_API_KEY"], report.Of("hole").Where(l => l.Check == "environment").Select(l => l.Target));
        Assert.DoesNotContain("canary-", report.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task On_a_network_where_the_host_has_an_address_its_services_are_found()
    {
        world.Require();
        await using var deployment = await ComposeDeployment.CreateAsync(world, "address");
        (await deployment.RunAsync("sed -i /inhibit_ipv4/d compose.yaml")).OutputOfSuccess();
        (await deployment.UpAsync()).OutputOfSuccess();

        Assert.Equal(["host", "icmp", "ports"], (await deployment.AttackAsync()).Holes);
    }

    [SkippableFact]
    public async Task Without_the_real_secrets_nothing_starts()
    {
        world.Require();
        await using var deployment = await ComposeDeployment.CreateAsync(world, "absent");
        (await deployment.RunAsync("mv .env away.env")).OutputOfSuccess();

        Assert.NotEqual(0, (await deployment.UpAsync()).ExitCode);

        // Empty, it is there for Compose, and the proxy refuses to start: so the workload does not either.
        (await deployment.RunAsync("touch .env")).OutputOfSuccess();
        Assert.NotEqual(0, (await deployment.UpAsync()).ExitCode);
        Assert.DoesNotContain("workload", await deployment.RunningAsync());
    }

    [SkippableFact]
    public async Task A_rotated_CA_is_trusted_after_a_restart()
    {
        world.Require();
        await using var deployment = await ComposeDeployment.CreateAsync(world, "rotate");
        (await deployment.UpAsync()).OutputOfSuccess();
        var before = (await deployment.InWorkloadAsync("cat /etc/iron-proxy-trust/ca.crt")).OutputOfSuccess();

        (await deployment.ComposeAsync("run --rm ca rotate")).OutputOfSuccess();
        (await deployment.ComposeAsync("restart proxy")).OutputOfSuccess();
        (await deployment.ComposeAsync("restart workload")).OutputOfSuccess();

        Assert.NotEqual(before, (await deployment.InWorkloadAsync("cat /etc/iron-proxy-trust/ca.crt")).OutputOfSuccess());
        (await deployment.UpAsync()).OutputOfSuccess();
        await AssertServesAsync(deployment);
    }

    [SkippableFact]
    public async Task With_nftables_the_workload_starts_only_behind_the_rules_and_stays_behind_them()
    {
        world.Require();
        await using var deployment = await ComposeDeployment.CreateAsync(world, "nftables", "enforcement=nftables");
        var withoutRules = await deployment.UpAsync();
        Assert.NotEqual(0, withoutRules.ExitCode);
        Assert.Equal(["proxy"], await deployment.RunningAsync());
        Assert.Contains("guard: 172.20.0.1 answered with bash: connect: Connection refused", (await deployment.ComposeAsync("logs --no-color guard")).Output, StringComparison.Ordinal);
        Assert.Equal(1, (await deployment.RunAsync($"{world.OnHost} ./firewall.sh check")).ExitCode);

        try
        {
            // Twice: it replaces its own rules.
            (await deployment.RunAsync($"{world.OnHost} ./firewall.sh up && {world.OnHost} ./firewall.sh up && {world.OnHost} ./firewall.sh check")).OutputOfSuccess();
            (await deployment.ComposeAsync("rm -f guard")).OutputOfSuccess();
            (await deployment.UpAsync()).OutputOfSuccess();
            await deployment.AssertHeldAsync();
        }
        finally
        {
            (await deployment.RunAsync($"{world.OnHost} ./firewall.sh down")).OutputOfSuccess();
        }

        Assert.Equal(["dns", "host", "icmp", "metadata", "ports", "quic", "tcp", "udp"], (await deployment.AttackAsync()).Holes);
    }

    private static async Task AssertServesAsync(ComposeDeployment deployment)
    {
        // No --cacert: curl finds the CA by its variable.
        Assert.Equal("upstream\n", (await deployment.InWorkloadAsync("curl -sS -m 10 https://httpbin.org/headers")).OutputOfSuccess());

        var denied = (await deployment.InWorkloadAsync("curl -sS -m 10 -w '%{http_code}' https://example.com/")).OutputOfSuccess();
        Assert.Contains("\"reason\":\"host_not_allowed\"", denied, StringComparison.Ordinal);
        Assert.EndsWith("403", denied, StringComparison.Ordinal);
    }
}
