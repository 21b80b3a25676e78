using System.Globalization;

namespace IronProxy.EndToEnd.Tests.Deployments.Daytona;

/// <summary>
/// The generated Dockerfile, built; the real entrypoint; secrets handed over by sandbox.ts with Daytona's own SDK; and doctor as the
/// workload. Each seeded fault must keep it from starting, or be found.
/// </summary>
[Collection(PodmanCollection.Name)]
public sealed class DaytonaTests(PodmanWorld world)
{
    private const string Created = "5a0d0b0e-1111-4222-8333-444455556666";

    /// <summary>Rules of nftables without which it is open or of no use: chain, a part of the rule, and what is seen.</summary>
    private static readonly (string Chain, string Rule, string Seen)[] Rules =
    [
        ("workload", "admin-prohibited", "hole admin dns ipv6 ports quic udp"),
        ("route", "goto divert", "broken allowed"),
        ("output", "goto workload", "hole admin dns ipv6 ports quic udp"),
    ];

    [SkippableFact]
    public async Task With_iptables_it_is_as_closed()
    {
        Require();
        await using var sandbox = await DaytonaSandbox.StartAsync(await DaytonaImage.OfAsync(world, "iptables"));
        var script = await sandbox.ScriptAsync("create");
        Assert.True(script.ExitCode == 0, script.Output + await sandbox.LogAsync("iron-proxy"));
        await sandbox.AssertHeldAsync();
        (await sandbox.RunAsync("sudo -n /usr/local/sbin/iron-proxy-sandbox")).OutputOfSuccess();
    }

    [SkippableFact]
    public async Task A_sandbox_is_created_closed_and_attacked()
    {
        Require();
        var image = await DaytonaImage.OfAsync(world);
        await using var sandbox = await DaytonaSandbox.StartAsync(image);

        var script = await sandbox.ScriptAsync("create");

        Assert.True(script.ExitCode == 0, script.Output + await sandbox.LogAsync("iron-proxy"));
        Assert.Contains(Created, script.Output, StringComparison.Ordinal);
        AssertWasMeant(sandbox, image);
        await sandbox.AssertHeldAsync();

        // The proxy, and not the address in resolv.conf, answers.
        await sandbox.RunAsync("echo 'nameserver 198.51.100.10' > /etc/resolv.conf", "root");
        await sandbox.AssertHeldAsync();

        // A second run of the setup, which the workload may ask for, changes nothing and takes no secrets.
        Assert.Contains("the sandbox is closed", (await sandbox.RunAsync("sudo -n /usr/local/sbin/iron-proxy-sandbox")).OutputOfSuccess(), StringComparison.Ordinal);
        Assert.NotEqual(0, (await sandbox.RunAsync("sudo -n /usr/local/sbin/iron-proxy-sandbox load || sudo -n true || sudo -n -u iron-proxy true || touch /dev/shm/iron-proxy/drop/secrets")).ExitCode);

        // The workload sees the secret nowhere, and what programs trust is there.
        Assert.DoesNotContain(DaytonaSandbox.Secret, (await sandbox.RunAsync("cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2> /dev/null; grep -rs . /dev/shm /run /tmp /var/log /etc/iron-proxy")).Output, StringComparison.Ordinal);
        Assert.Contains("200", (await sandbox.RunAsync("curl -s -o /dev/null -w '%{http_code}' https://api.example.com/")).OutputOfSuccess(), StringComparison.Ordinal);
        Assert.Contains("403", (await sandbox.RunAsync("curl -s -o /dev/null -w '%{http_code}' https://attacker.test/")).OutputOfSuccess(), StringComparison.Ordinal);

        // The proxy is a user of its own without rights, and comes back when it dies.
        var status = (await sandbox.RunAsync("cat /proc/$(pidof iron-proxy)/status", "root")).OutputOfSuccess();
        Assert.Contains("CapBnd:\t0000000000000000\n", status, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1\n", status, StringComparison.Ordinal);
        Assert.DoesNotContain("Uid:\t0\t", status, StringComparison.Ordinal);
        (await sandbox.RunAsync("kill -KILL $(pidof iron-proxy)", "root")).OutputOfSuccess();
        (await sandbox.RunAsync("for _ in $(seq 1000); do curl -s -o /dev/null https://api.example.com/ && exit 0; sleep 0.2; done; exit 1")).OutputOfSuccess();
        await sandbox.AssertHeldAsync();

        var destroyed = await sandbox.ScriptAsync("destroy");
        Assert.True(destroyed.ExitCode == 0, destroyed.Output);
        Assert.Contains(sandbox.Requests, r => (string?)r["method"] == "DELETE");
    }

    [SkippableFact]
    public async Task A_restart_closes_it_again_before_anything_has_network()
    {
        Require();
        await using var sandbox = await DaytonaSandbox.StartAsync(await DaytonaImage.OfAsync(world));
        Assert.Equal(0, (await sandbox.ScriptAsync("create")).ExitCode);
        await sandbox.RestartAsync();

        // Until the secrets are there again, nothing gets out.
        (await sandbox.RunAsync("until grep -q waiting /dev/shm/iron-proxy/status; do sleep 0.1; done")).OutputOfSuccess();
        var arrived = sandbox.Outside.Arrivals.Count;
        Assert.Equal("closed\n", (await sandbox.RunAsync("curl -sk --max-time 3 https://198.51.100.10/ || curl -sk --max-time 3 'https://[2001:db8:20::10]:8443/' || echo closed")).OutputOfSuccess());
        Assert.Equal(arrived, sandbox.Outside.Arrivals.Count);

        var started = await sandbox.ScriptAsync($"start {Created}");
        Assert.True(started.ExitCode == 0, started.Output);
        await sandbox.AssertHeldAsync();
    }

    [SkippableFact]
    public async Task Without_the_right_to_load_rules_it_does_not_start_and_says_why()
    {
        Require();
        await using var sandbox = await DaytonaSandbox.StartAsync(await DaytonaImage.OfAsync(world), "--cap-drop NET_ADMIN");

        Assert.Equal(1, await sandbox.ExitCodeAsync());
        var log = await sandbox.LogAsync("not started");
        Assert.Contains("CAP_NET_ADMIN is missing", log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_user_with_capabilities_is_not_let_in()
    {
        Require();
        await using var sandbox = await DaytonaSandbox.StartWithCapabilitiesAsync(await DaytonaImage.OfAsync(world));

        Assert.Equal(1, await sandbox.ExitCodeAsync());
        Assert.Contains("daytona holds capabilities without being root", await sandbox.LogAsync("not started"), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("sudoers", "RUN echo 'daytona ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/daytona", "may use sudo for more")]
    [InlineData("group", "RUN usermod -aG sudo daytona", "is in the group sudo")]
    [InlineData("rules", "RUN echo 'what is this' >> /etc/iron-proxy/firewall.nft", "the rules could not be loaded")]
    [InlineData("sudo", "RUN rm /etc/sudoers.d/iron-proxy", "could not be closed")]
    public async Task What_would_leave_it_open_keeps_the_workload_from_starting(string name, string line, string reason)
    {
        Require();
        var image = await (await DaytonaImage.OfAsync(world)).WithAsync(name, line);
        await using var sandbox = await DaytonaSandbox.StartAsync(image);

        Assert.Equal(1, await sandbox.ExitCodeAsync());
        Assert.Contains(reason, await sandbox.LogAsync("not started"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_program_of_Daytonas_that_is_the_first_process_is_ended_with_it()
    {
        Require();
        await using var sandbox = await DaytonaSandbox.StartAsync(
            await DaytonaImage.OfAsync(world),
            "--cap-drop NET_ADMIN",
            "bash -c 'trap \"exit 9\" TERM; /usr/local/bin/iron-proxy-entrypoint & while true; do sleep 0.1; done'");

        Assert.Equal(9, await sandbox.ExitCodeAsync());
    }

    [SkippableFact]
    public async Task What_is_taken_away_or_given_back_is_found()
    {
        Require();
        await using var sandbox = await DaytonaSandbox.StartAsync(await DaytonaImage.OfAsync(world));
        Assert.Equal(0, (await sandbox.ScriptAsync("create")).ExitCode);
        foreach (var (chain, rule, seen) in Rules)
        {
            var line = (await sandbox.RunAsync($"nft -a list chain inet iron_proxy {chain}", "root")).OutputOfSuccess().Split('\n').Single(l => l.Contains(rule, StringComparison.Ordinal));
            (await sandbox.RunAsync($"nft delete rule inet iron_proxy {chain} handle {line.Split("# handle ")[1].Trim()}", "root")).OutputOfSuccess();

            var report = await sandbox.AttackAsync();

            var kind = report.Holes.Count > 0 ? "hole" : "broken";
            Assert.Equal((rule, seen), (rule, $"{kind} {string.Join(' ', report.Of(kind).Select(l => l.Check).Distinct().Order(StringComparer.Ordinal))}"));
            Assert.NotEqual(0, (await sandbox.RunAsync("sudo -n /usr/local/sbin/iron-proxy-sandbox")).ExitCode);
            (await sandbox.RunAsync("IRON_PROXY_STATE=/dev/shm/iron-proxy/private/firewall iron-proxy-firewall load", "root")).OutputOfSuccess();
        }

        (await sandbox.RunAsync("echo 'daytona ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/daytona", "root")).OutputOfSuccess();
        Assert.Contains("privileges", (await sandbox.AttackAsync()).Holes);
    }

    [SkippableFact]
    public async Task Scripts_say_what_is_missing_and_delete_a_sandbox_that_is_not_ready()
    {
        Require();
        var image = await DaytonaImage.OfAsync(world);
        await using var sandbox = await DaytonaSandbox.StartAsync(await image.WithAsync("broken", "RUN echo '{}' > /etc/iron-proxy/proxy.plan.json"));

        var (noKey, noSecret, usage) = (await sandbox.ScriptAsync("create", "API_KEY=x"), await sandbox.ScriptAsync("create", "DAYTONA_API_KEY=x"), await sandbox.ScriptAsync("build"));
        Assert.Equal((1, 1, 2), (noKey.ExitCode, noSecret.ExitCode, usage.ExitCode));
        Assert.Contains("DAYTONA_API_KEY is not set", noKey.Output, StringComparison.Ordinal);
        Assert.Contains("not in the environment: API_KEY", noSecret.Output, StringComparison.Ordinal);
        Assert.Empty(sandbox.Requests);

        var broken = await sandbox.ScriptAsync("create");
        Assert.Equal(1, broken.ExitCode);
        Assert.Contains("is deleted", broken.Output, StringComparison.Ordinal);
        Assert.Contains(sandbox.Requests, r => (string?)r["method"] == "DELETE");
        Assert.Equal(1, await sandbox.ExitCodeAsync());
    }

    /// <summary>What was sent is what was meant: the folder's files, the Dockerfile as it is, no variables, and the secret nowhere in plain.</summary>
    private static void AssertWasMeant(DaytonaSandbox sandbox, DaytonaImage image)
    {
        var create = Assert.Single(sandbox.Requests, r => (string?)r["method"] == "POST" && (string?)r["path"] == "/api/sandbox")["body"]!; // It is an object.
        Assert.Equal(File.ReadAllText(Path.Combine(image.Folder, "Dockerfile")), (string?)create["buildInfo"]?["dockerfileContent"]);
        Assert.Equal("{}", create["env"]?.ToJsonString());
        Assert.Equal("true", (string?)create["labels"]?["iron-proxy"]);
        Assert.Equal("15", create["autoStopInterval"]?.ToJsonString());

        var uploaded = sandbox.Requests.Where(r => r["files"] is not null).SelectMany(r => r["files"]!.AsArray().Select(f => (string)f!)).Where(f => !string.IsNullOrEmpty(f)).Order(StringComparer.Ordinal).ToArray();
        var copied = File.ReadLines(Path.Combine(image.Folder, "Dockerfile")).Where(l => l.StartsWith("COPY ", StringComparison.Ordinal) && !l.Contains("--from", StringComparison.Ordinal))
            .SelectMany(l => l.Split(' ')[1..^1]).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(copied, uploaded);
        Assert.Equal(copied.Length.ToString(CultureInfo.InvariantCulture), create["buildInfo"]?["contextHashes"]?.AsArray().Count.ToString(CultureInfo.InvariantCulture));

        Assert.DoesNotContain(DaytonaSandbox.Secret, sandbox.RecordedText, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(DaytonaSandbox.Secret)), sandbox.RecordedText, StringComparison.Ordinal);
        var upload = Assert.Single(sandbox.Requests, r => ((string?)r["path"])!.EndsWith("/files/bulk-upload", StringComparison.Ordinal));
        Assert.Contains("/dev/shm/iron-proxy/drop/secrets", (string?)upload["text"], StringComparison.Ordinal);
    }

    private void Require()
    {
        world.Require();
        Tools.CommandLine.Require("node", "nodejs");
        Skip.IfNot(Directory.Exists(Repository.Path("tests", "e2e", "judges", "node_modules", "@daytona")), "the judges are not installed (npm ci --ignore-scripts in tests/e2e/judges)");
    }
}
