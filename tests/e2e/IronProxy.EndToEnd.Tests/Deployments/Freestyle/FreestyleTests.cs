using IronProxy.EndToEnd.Tests.Doctor;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Worlds;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Deployments.Freestyle;

/// <summary>
/// The generated scripts against an API whose VM is a Debian that boots systemd, with a world outside: what they write and run is written
/// and run there. Then the VM is attacked, and what holds the workload is taken away piece by piece.
/// </summary>
public sealed class FreestyleTests
{
    private static readonly DoctorAttack Attack = new()
    {
        Program = "/opt/iron-proxy/bin/ironc",
        Policy = "/etc/iron-proxy/proxy.plan.json",
        Ca = "/etc/iron-proxy/ca.crt",
        Resolver = OutsideWorld.Server,
        Allowed = ["https://pypi.org/simple/requests/"],
        Protected = ["/etc/iron-proxy/ca.key", "/etc/iron-proxy/secrets.env"],
    };

    [SkippableTheory]
    [InlineData("0.2")]
    [InlineData("0.1")]
    public async Task A_VM_holds_its_workload_and_runs_nothing_when_it_does_not(string sdk)
    {
        SystemdMachine.Require();
        using var certificates = ProxyFolder.Create();
        await using var outside = await OutsideWorld.StartAsync(certificates.UpstreamCertificate(["pypi.org", "api.openai.com"]));
        await using var network = await NetworkNamespace.CreateAsync("vm");
        await outside.ConnectAsync(network);
        await using var vm = new SystemdMachine { Network = network };
        await vm.BootAsync(certificates.UpstreamCaFile + ":/usr/local/share/ca-certificates/outside.crt:ro", SystemdMachine.DotnetVolume);
        await vm.SucceedAsync("update-ca-certificates");
        await ResolveAtAsync(vm, OutsideWorld.Upstream);

        await using var api = await FreestyleStub.StartAsync(sdk, vm.Inside);
        await CommandLine.SucceedAsync("tar", "-C", ProxyBinaries.Folder, "--owner=0", "--group=0", "-czf", Path.Combine(api.Deployment, "programs.tar.gz"), ".");

        // A user with sudo makes no snapshot.
        await vm.SucceedAsync("bash", "-c", "useradd -m workload; echo 'workload ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/workload");
        var refused = await api.RunAsync("create-snapshot.mjs");
        Assert.Equal((1, true), (refused.ExitCode, refused.Error.Contains("workload may use sudo and can go around the rules", StringComparison.Ordinal)));
        Assert.StartsWith("DELETE ", api.Lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(api.Lines, l => l.EndsWith("/snapshot", StringComparison.Ordinal));
        await vm.SucceedAsync("rm", "/etc/sudoers.d/workload");

        // The snapshot: the rules are there, and nothing that is secret; the workload has no network.
        await api.SucceedAsync("create-snapshot.mjs");
        await vm.SucceedAsync("iron-proxy-firewall", "check");
        Assert.Equal("", await vm.SucceedAsync("bash", "-c", "ls /etc/iron-proxy/*.key /etc/iron-proxy/ca* /etc/iron-proxy/secrets.env /opt/iron-proxy/deployment/programs.tar.gz 2> /dev/null || true"));
        Assert.NotEqual(0, (await vm.RunAsync([.. AsWorkload, "curl", "-sS", "--max-time", "3", $"http://{OutsideWorld.Server}/"])).ExitCode);
        Assert.Contains("nothing was run: iron-proxy does not run", (await api.RunAsync("launch.mjs", "--vm", "vm-9", "--", "id")).Error, StringComparison.Ordinal);

        var id = (await api.SucceedAsync("launch.mjs", "--keep")).Trim();
        await AssertHeldAsync(api, vm, outside, id);

        // DHCP names another resolver: the workload's questions still go to the proxy.
        await ResolveAtAsync(vm, OutsideWorld.UpstreamV6);
        await AssertHeldAsync(api, vm, outside, id);
        if (sdk == "0.2")
        {
            await AssertFaultsAreFoundAsync(api, vm, id);
        }
    }

    private static string[] AsWorkload => ["setpriv", "--reuid", "workload", "--regid", "workload", "--init-groups"];

    private static Task<string> ResolveAtAsync(SystemdMachine vm, string address) => vm.SucceedAsync("bash", "-c", $"echo 'nameserver {address}' > /etc/resolv.conf");

    private static async Task<DoctorReport> ExamineAsync(FreestyleStub api, string id)
    {
        var (exit, output, error) = await api.RunAsync("launch.mjs", ["--vm", id, "--", .. Attack.CommandLine]);
        return new DoctorReport(exit, output, error);
    }

    private static async Task AssertHeldAsync(FreestyleStub api, SystemdMachine vm, OutsideWorld outside, string id)
    {
        var (arrived, received) = (outside.Arrivals.Count, outside.Received.Count);
        (await ExamineAsync(api, id)).AssertHeld(outside.Arrivals.Skip(arrived)); // What it may ask for has no secret.
        var allowed = await api.SucceedAsync("launch.mjs", "--vm", id, "--", "curl", "-sS", "-X", "POST", "-H", "Authorization: Bearer proxy-openai-key", "https://api.openai.com/v1/responses");
        Assert.Equal("upstream\n", allowed);
        Assert.Contains(outside.Received.Skip(received), head => head.Contains($"Authorization: Bearer {FreestyleStub.OpenAiKey}\r\n", StringComparison.Ordinal));
        Assert.Contains("host_not_allowed", await api.SucceedAsync("launch.mjs", "--vm", id, "--", "curl", "-sS", "https://attacker.test/"), StringComparison.Ordinal);

        // Whoever the API's exec takes, the command is the workload's, without a way to root and without the secrets.
        var inside = await api.RunAsync("launch.mjs", "--vm", id, "--", "bash", "-c", "id -un; env; cat /etc/iron-proxy/secrets.env /proc/1/environ; sudo -n true; grep CapBnd /proc/self/status; exit 7");
        Assert.Equal(7, inside.ExitCode);
        Assert.StartsWith("workload\n", inside.Output, StringComparison.Ordinal);
        Assert.EndsWith("CapBnd:\t0000000000000000\n", inside.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("API_KEY", inside.Output, StringComparison.Ordinal);
        Assert.Equal("600 root\n", await vm.SucceedAsync("stat", "-c", "%a %U", "/etc/iron-proxy/secrets.env"));
        Assert.NotEqual(0, (await vm.RunAsync("test", "-e", "/run/iron-proxy-incoming")).ExitCode);
    }

    private static async Task AssertFaultsAreFoundAsync(FreestyleStub api, SystemdMachine vm, string id)
    {
        // A rule removed: no command is run, and doctor, past the check, finds the hole.
        await vm.SucceedAsync("nft", "flush", "table", "inet", "iron_proxy");
        Assert.Contains("nothing was run: iron-proxy-firewall: the rules are not as they were loaded", await RefusedAsync(api, id), StringComparison.Ordinal);
        var (exit, output, error) = await vm.RunAsync([.. AsWorkload, .. Attack.CommandLine]);
        Assert.Superset(new HashSet<string> { "dns", "ipv6", "ports", "quic", "tcp", "udp" }, new DoctorReport(exit, output, error).Holes.ToHashSet());
        await vm.SucceedAsync("iron-proxy-firewall", "load");

        // sudo came back, and so did a group.
        await vm.SucceedAsync("bash", "-c", "echo 'workload ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/workload");
        Assert.Contains("workload may use sudo", await RefusedAsync(api, id), StringComparison.Ordinal);
        (exit, output, error) = await vm.RunAsync([.. AsWorkload, .. Attack.CommandLine]);
        Assert.Contains(new DoctorReport(exit, output, error).Of("hole"), l => $"{l.Check} {l.Target} {l.Detail}".Contains("sudo", StringComparison.Ordinal));
        await vm.SucceedAsync("rm", "/etc/sudoers.d/workload");
        await vm.SucceedAsync("bash", "-c", "groupadd -f docker; gpasswd -a workload docker");
        Assert.Contains("workload is in the group docker", await RefusedAsync(api, id), StringComparison.Ordinal);
        await vm.SucceedAsync("gpasswd", "-d", "workload", "docker");

        // The proxy is gone.
        await vm.SucceedAsync("systemctl", "stop", "iron-proxy");
        Assert.Contains("nothing was run: iron-proxy does not run", await RefusedAsync(api, id), StringComparison.Ordinal);

        // A VM that may not set rules: the launch says so, runs nothing and removes the VM.
        await vm.SucceedAsync("bash", "-c", "iron-proxy-firewall unload; rm -rf /etc/iron-proxy/ca.*");
        await using var weak = await FreestyleStub.StartAsync("0.2", [.. vm.Inside, "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", "--"]);
        await File.WriteAllTextAsync(Path.Combine(weak.Deployment, "snapshot.json"), await File.ReadAllTextAsync(Path.Combine(api.Deployment, "snapshot.json")));
        var launch = await weak.RunAsync("launch.mjs", "--", "id");
        Assert.Equal((1, ""), (launch.ExitCode, launch.Output));
        Assert.Contains("the VM does not hold the workload, so nothing was run", launch.Error, StringComparison.Ordinal);
        Assert.Contains("the rules could not be loaded", launch.Error, StringComparison.Ordinal);
        Assert.StartsWith("DELETE ", weak.Lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(weak.With("iron-proxy-workload 'id'"), _ => true);
    }

    private static async Task<string> RefusedAsync(FreestyleStub api, string id)
    {
        var run = await api.RunAsync("launch.mjs", "--vm", id, "--", "id");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        return run.Error;
    }
}
