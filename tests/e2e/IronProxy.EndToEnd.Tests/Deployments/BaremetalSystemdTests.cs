using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>The generated scripts on a Debian that boots systemd in a container, from nothing to removal.</summary>
public sealed class BaremetalSystemdTests
{
    private const string Key = "real-key-4711";

    /// <summary>A file that the service writes.</summary>
    private const string Kept = """
          - name: oauth_token
            config:
              tokens:
                - grant: refresh_token
                  refresh_token: { type: env, var: REFRESH_TOKEN }
                  client_id: { type: env, var: CLIENT_ID }
                  token_endpoint: "https://login.example.com/token"
                  state_file: /var/lib/iron-proxy/tokens.json
                  header: X-Token
                  rules: [{ host: "api.openai.com", paths: ["/v1/responses"] }]

        """;

    private static readonly DoctorAttack Attack = new()
    {
        Program = "/opt/iron-proxy/bin/ironc",
        Policy = "/etc/iron-proxy/proxy.plan.json",
        Ca = "/etc/iron-proxy/ca.crt",
        Resolver = "127.0.0.53",
        Allowed = ["https://api.github.com/repos/example/example"],
        Headers = ["Authorization: Bearer proxy-github-token"],
        Protected = ["/etc/iron-proxy/ca.key"],
    };

    /// <summary>The policy that 'iron-proxy init' writes has hosts alone.</summary>
    private static readonly DoctorAttack OfInit = Attack with { Policy = "/etc/iron-proxy/proxy.yaml", Allowed = ["https://api.openai.com/v1/models"], Headers = [] };

    [SkippableFact]
    public async Task A_host_is_installed_survives_a_reboot_and_is_cleaned_up()
    {
        SystemdMachine.Require();
        using var certificates = ProxyFolder.Create();
        await using var outside = await OutsideWorld.StartAsync(certificates.UpstreamCertificate(["api.github.com", "api.openai.com"]));
        await using var network = await NetworkNamespace.CreateAsync("host");
        await outside.ConnectAsync(network);
        await using var podman = new SystemdMachine { Network = network };
        var policy = await File.ReadAllTextAsync(Repository.Path("samples", "ai-agent", "proxy.yaml"));
        await CommandLine.SucceedAsync(
            ProxyBinaries.Ironc, "deploy", "--target", "baremetal", certificates.Write("proxy.yaml", policy.Replace("# Health checks", Kept + "# Health checks", StringComparison.Ordinal)), "-o", Path.Combine(podman.Folder, "host"));
        await podman.BootAsync(
            Path.Combine(podman.Folder, "host") + ":/host:ro", ProxyBinaries.Folder + ":/programs:ro", SystemdMachine.DotnetVolume,
            certificates.UpstreamCaFile + ":/usr/local/share/ca-certificates/outside.crt:ro");
        await podman.SucceedAsync("bash", "-c", $"update-ca-certificates 2> /dev/null; echo 'nameserver {OutsideWorld.Upstream}' > /etc/resolv.conf");

        var check = await podman.RunAsync("/host/install.sh", "--check", "--bin", "/programs");
        Assert.Equal((1, true), (check.ExitCode, check.Output.Contains("there is no user app", StringComparison.Ordinal)));
        Assert.NotEqual(0, (await podman.RunAsync("/host/install.sh", "--bin", "/programs")).ExitCode);
        Assert.NotEqual(0, (await podman.RunAsync("test", "-e", "/etc/iron-proxy")).ExitCode);

        // Without its secrets the proxy is not started, but the rules are there.
        await podman.SucceedAsync("useradd", "-m", "app");
        var first = await podman.RunAsync("/host/install.sh", "--bin", "/programs");
        Assert.Equal((1, true), (first.ExitCode, first.Error.Contains("put OPENAI_API_KEY=... into /etc/iron-proxy/secrets.env", StringComparison.Ordinal)));
        await podman.SucceedAsync("iron-proxy-firewall", "check");

        await podman.SucceedAsync("bash", "-c", $"printf 'OPENAI_API_KEY=unused\\nREFRESH_TOKEN=unused\\nCLIENT_ID=unused\\nGITHUB_TOKEN={Key}\\n' >> /etc/iron-proxy/secrets.env");
        await podman.SucceedAsync("/host/install.sh", "--bin", "/programs");
        await podman.SucceedAsync("/host/install.sh");
        await AssertHeldAsync(podman, outside);
        await AssertReloadsAsync(podman);
        Assert.Equal("700 iron-proxy\n600 iron-proxy\n", await podman.SucceedAsync("stat", "-c", "%a %U", "/var/lib/iron-proxy", "/var/lib/iron-proxy/tokens.json.lock"));

        // Services that throw all rules away.
        foreach (var action in new[] { "start", "reload", "restart", "stop" })
        {
            await podman.SucceedAsync("systemctl", action, "nftables");
            await podman.SucceedAsync("iron-proxy-firewall", "check");
        }

        await podman.SucceedAsync("systemctl", "stop", "iron-proxy-firewall");
        await podman.SucceedAsync("iron-proxy-firewall", "check");

        // The user is one of a directory that is there later than the rules: the id that it had holds it.
        const string Away = "grep '^app:' /etc/passwd > /root/late && sed -i '/^app:/d' /etc/passwd";
        const string Back = "cat /root/late >> /etc/passwd";
        await podman.SucceedAsync("bash", "-c", Away);
        await RebootAsync(podman);
        await podman.SucceedAsync("systemctl", "is-active", "iron-proxy-firewall");
        await podman.SucceedAsync("bash", "-c", Back);
        await AssertHeldAsync(podman, outside);

        // One that was never known: nobody has network, until it is.
        await podman.SucceedAsync("bash", "-c", Away + " && rm /etc/iron-proxy/users.ids");
        await podman.RebootAsync();
        foreach (var unit in new[] { "iron-proxy-firewall", "iron-proxy" })
        {
            Assert.NotEqual(0, (await podman.RunAsync("systemctl", "is-active", unit)).ExitCode);
        }

        Assert.Contains("uidrange 1000-4294967294", await podman.SucceedAsync("ip", "rule"), StringComparison.Ordinal);
        await podman.SucceedAsync("bash", "-c", Back);
        await podman.SucceedAsync("timeout", "300", "bash", "-c", "until systemctl is-active iron-proxy-firewall && : 2> /dev/null > /dev/tcp/127.0.0.1/8443; do sleep 0.25; done");
        await AssertHeldAsync(podman, outside);

        // A user that can become root is not accepted.
        await podman.SucceedAsync("groupadd", "-f", "docker");
        await podman.SucceedAsync("gpasswd", "-a", "app", "docker");
        Assert.Contains("app is in the group docker", (await podman.RunAsync("/host/install.sh")).Error, StringComparison.Ordinal);

        await podman.SucceedAsync("/host/uninstall.sh");
        Assert.DoesNotContain("iron_proxy", await podman.SucceedAsync("nft", "list", "tables"), StringComparison.Ordinal);
        await podman.SucceedAsync("test", "-e", "/etc/iron-proxy/ca.key");
        await podman.SucceedAsync("/host/uninstall.sh", "--purge");
        Assert.Equal("", await podman.SucceedAsync("bash", "-c", "ls -d /etc/iron-proxy /var/lib/iron-proxy /opt/iron-proxy /etc/systemd/system/*iron* /etc/systemd/system/*.d/iron* /usr/local/sbin/iron* 2> /dev/null || true; id -u iron-proxy 2> /dev/null || true"));

        // And all of it in one command, with the other kind of rules.
        await podman.SucceedAsync("gpasswd", "-d", "app", "docker");
        await podman.SucceedAsync("/programs/iron-proxy", "init", "-allow", "api.openai.com,api.anthropic.com", "-firewall", "iptables");
        await AssertHeldAsync(podman, outside, OfInit);
        Assert.Contains("\"host\":\"attacker.test\"", await podman.SucceedAsync("cat", "/var/log/iron-proxy.log"), StringComparison.Ordinal);
        foreach (var action in new[] { "start", "reload", "restart", "stop" })
        {
            await podman.SucceedAsync("systemctl", action, "netfilter-persistent");
            await podman.SucceedAsync("iron-proxy-firewall", "check");
        }

        // What no service announces is seen, and mended by a load.
        await podman.SucceedAsync("iptables", "-F", "OUTPUT");
        Assert.NotEqual(0, (await podman.RunAsync("iron-proxy-firewall", "check")).ExitCode);
        await podman.SucceedAsync("systemctl", "reload", "iron-proxy-firewall");
        await podman.SucceedAsync("iron-proxy-firewall", "check");

        await RebootAsync(podman);
        await AssertHeldAsync(podman, outside, OfInit);
        Assert.Contains("-A OUTPUT -j IRON-PROXY-OUT", await podman.SucceedAsync("ip6tables", "-S", "OUTPUT"), StringComparison.Ordinal);

        // Rules that cannot be loaded: the unit fails, and neither the proxy nor a workload that requires it starts.
        await podman.SucceedAsync("bash", "-c", "echo no rule >> /etc/iron-proxy/firewall.v6; cp /etc/iron-proxy/deployment/examples/workload.service /etc/systemd/system/; systemctl daemon-reload");
        await podman.RunAsync("systemctl", "restart", "iron-proxy-firewall");
        Assert.NotEqual(0, (await podman.RunAsync("systemctl", "start", "workload")).ExitCode);
        Assert.Contains("the workload has no network until they are", await podman.SucceedAsync("journalctl", "--no-pager", "-u", "iron-proxy-firewall"), StringComparison.Ordinal);
        Assert.NotEqual(0, (await podman.RunAsync("systemctl", "is-active", "iron-proxy")).ExitCode);
    }

    /// <summary>The unit tells systemd how a reload goes, and a reload is over when systemctl is.</summary>
    private static async Task AssertReloadsAsync(SystemdMachine machine)
    {
        const string Plan = "/etc/iron-proxy/proxy.plan.json";
        Assert.Equal("notify-reload\n", await machine.SucceedAsync("systemctl", "show", "-P", "Type", "iron-proxy"));
        var before = await StatusAsync();
        Assert.StartsWith("Runs sha256:", before, StringComparison.Ordinal);
        await machine.SucceedAsync("bash", "-c", $"cp {Plan} /root/kept && echo broken > {Plan}");
        await machine.SucceedAsync("systemctl", "reload", "iron-proxy");
        Assert.Equal($"{before.TrimEnd()}; the last reload was refused: policy_refused\n", await StatusAsync());
        await machine.SucceedAsync("bash", "-c", $"cat /root/kept > {Plan}");
        await machine.SucceedAsync("systemctl", "reload", "iron-proxy");
        Assert.Equal(before, await StatusAsync());

        Task<string> StatusAsync() => machine.SucceedAsync("systemctl", "show", "-P", "StatusText", "iron-proxy");
    }

    /// <summary>Starts the machine again, and waits for the proxy: its unit is active once it listens.</summary>
    private static async Task RebootAsync(SystemdMachine machine)
    {
        await machine.RebootAsync();
        await machine.SucceedAsync("systemctl", "start", "iron-proxy");
    }

    private static async Task AssertHeldAsync(SystemdMachine machine, OutsideWorld outside, DoctorAttack? attack = null)
    {
        var active = await machine.RunAsync("systemctl", "is-active", "iron-proxy", "iron-proxy-firewall");
        Assert.True(active.ExitCode == 0, active.Output + (await machine.RunAsync("journalctl", "--no-pager", "-b", "-u", "iron-proxy-firewall", "-u", "iron-proxy", "-u", "netfilter-persistent", "-n", "60")).Output);
        await machine.SucceedAsync("iron-proxy-firewall", "check");
        Assert.Equal("403", await machine.SucceedAsync("su", "-", "app", "-c", "curl -sS --resolve attacker.test:443:127.0.0.9 -o /dev/null -w '%{http_code}' https://attacker.test/"));
        if (attack is null)
        {
            await outside.AssertHeldAsync(() => ExamineAsync(machine, Attack), Key);
        }
        else
        {
            var (arrived, received) = (outside.Arrivals.Count, outside.Received.Count);
            (await ExamineAsync(machine, attack)).AssertHeld(outside.Arrivals.Skip(arrived));
            Assert.Equal(received + 1, outside.Received.Count);
        }

        foreach (var secret in new[] { "cat /etc/iron-proxy/ca.key", "cat /etc/iron-proxy/secrets.env", "cat /proc/$(pgrep -x iron-proxy)/environ", "curl -sS http://127.0.0.1:9090/metrics" })
        {
            Assert.NotEqual(0, (await machine.RunAsync("su", "-", "app", "-c", secret)).ExitCode);
        }

        var status = await machine.SucceedAsync("bash", "-c", "cat /proc/$(pgrep -x iron-proxy)/status; stat -c %U /proc/$(pgrep -x iron-proxy)");
        Assert.Matches("(?m)^CapBnd:\t0+$", status);
        Assert.Matches("(?m)^NoNewPrivs:\t1$", status);
        Assert.EndsWith("\niron-proxy\n", status, StringComparison.Ordinal);
    }

    /// <summary>As a shell of the workload has it, with what its profile sets.</summary>
    private static async Task<DoctorReport> ExamineAsync(SystemdMachine machine, DoctorAttack attack)
    {
        var (exit, output, error) = await machine.RunAsync("su", "-", "app", "-c", string.Join(' ', attack.CommandLine.Select(w => $"'{w}'")));
        return new DoctorReport(exit, output, error);
    }
}
