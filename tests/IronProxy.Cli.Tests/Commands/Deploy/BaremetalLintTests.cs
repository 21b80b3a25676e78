using System.Diagnostics;

namespace IronProxy.Cli.Tests.Commands.Deploy;

/// <summary>What is generated for a host, read by the programs that will read it there.</summary>
public sealed class BaremetalLintTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Options that between them reach every branch of the templates.</summary>
    public static TheoryData<string> Variants =>
    [
        "workload_users=nobody",
        "workload_users=nobody routing=tproxy",
        "firewall=iptables routing=tproxy scope=all log=file exempt_users=games",
        "firewall=iptables workload_users=nobody,65001 loopback_ports=5432,3000-3999,1080 serve_ports=8000,9000-9010",
        "firewall=iptables scope=all routing=connect log=file policy=config exempt_users=games workload_users=",
        "scope=all proxy_user=daemon routing=connect loopback_ports=5432,3000-3999,1080 serve_ports=8000,9000-9010 exempt_users=games,65002",
    ];

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public async Task Scripts_please_shellcheck(string options)
    {
        Require("shellcheck");
        var folder = await DeployAsync(options);
        await SucceedAsync("shellcheck", "--severity=style", "--exclude=SC2317", $"{folder}/install.sh", $"{folder}/uninstall.sh", $"{folder}/firewall/iron-proxy-firewall", $"{folder}/profile/iron-proxy.sh");
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public async Task Rules_are_what_the_kernel_understands(string options)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "rules are checked by the kernel, for root alone");
        Require("unshare");
        var folder = await DeployAsync(options + (options.Contains("proxy_user", StringComparison.Ordinal) ? "" : " proxy_user=daemon"));
        if (options.Contains("iptables", StringComparison.Ordinal))
        {
            Require("iptables-restore");
            await SucceedAsync("unshare", "--net", "iptables-restore", "--test", $"{folder}/firewall/firewall.v4");
            await SucceedAsync("unshare", "--net", "ip6tables-restore", "--test", $"{folder}/firewall/firewall.v6");
        }
        else
        {
            Require("nft");
            await SucceedAsync("unshare", "--net", "nft", "-c", "-f", $"{folder}/firewall/firewall.nft");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public async Task Units_are_what_systemd_understands(string options)
    {
        Require("systemd-analyze");
        var folder = await DeployAsync(options);

        // It looks for the programs that are started.
        foreach (var unit in Directory.GetFiles(folder, "*.service", SearchOption.AllDirectories))
        {
            var text = await File.ReadAllTextAsync(unit);
            await File.WriteAllTextAsync(unit, text.Replace("/opt/iron-proxy/bin/iron-proxy", "/bin/true", StringComparison.Ordinal).Replace("/usr/local/sbin/iron-proxy-firewall", "/bin/true", StringComparison.Ordinal));
        }

        File.Copy($"{folder}/examples/workload.service", $"{folder}/systemd/workload.service");
        await SucceedAsync("systemd-analyze", "verify", "--recursive-errors=no", "--man=no", $"{folder}/systemd/iron-proxy.service", $"{folder}/systemd/iron-proxy-firewall.service", $"{folder}/systemd/iron-proxy-firewall-retry.service", $"{folder}/systemd/workload.service");
    }

    [SkippableFact]
    public async Task Files_are_written_below_another_root_and_nothing_else_is_done()
    {
        Require("bash");
        var folder = await DeployAsync("workload_users=nobody");
        var root = _folder.File("root");
        await SucceedAsync($"{folder}/install.sh", "--root", root);
        await SucceedAsync($"{folder}/install.sh", "--root", root);

        Assert.Equal(
            [
                "etc/iron-proxy/firewall.nft", "etc/iron-proxy/proxy.plan.json", "etc/iron-proxy/workload.env", "etc/profile.d/iron-proxy.sh",
                "etc/systemd/system/firewalld.service.d/iron-proxy.conf", "etc/systemd/system/ip6tables.service.d/iron-proxy.conf",
                "etc/systemd/system/iptables.service.d/iron-proxy.conf", "etc/systemd/system/iron-proxy-firewall-retry.service", "etc/systemd/system/iron-proxy-firewall.service", "etc/systemd/system/iron-proxy.service",
                "etc/systemd/system/netfilter-persistent.service.d/iron-proxy.conf", "etc/systemd/system/nftables.service.d/iron-proxy.conf",
                "usr/local/sbin/iron-proxy-firewall",
            ],
            Directory.GetFiles(root, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(root, f))
                .Where(f => f != "etc/systemd/system/iron-proxy.service.d/notify-reload.conf") // Where systemd is new enough.
                .Order(StringComparer.Ordinal));
        Assert.DoesNotContain("JAVA", await File.ReadAllTextAsync(Path.Combine(root, "etc/iron-proxy/workload.env")), StringComparison.Ordinal);
    }

    private async Task<string> DeployAsync(string options)
    {
        var folder = _folder.File("host");
        string[] set = [.. options.Split(' ').SelectMany(o => new[] { "--set", o })];
        var run = await CliRun.Of(["deploy", "--target", "baremetal", IronProxy.Testing.RepositoryRoot.Combine("samples", "ai-agent", "proxy.yaml"), "-o", folder, .. set]);
        Assert.True(run.Exit == 0, run.ToString());
        return folder;
    }

    private static void Require(string tool) =>
        Skip.IfNot((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin"]).Any(f => File.Exists(Path.Combine(f, tool))), $"{tool} is not installed");

    private static async Task SucceedAsync(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!; // Required by each test.
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{tool} ended with {process.ExitCode}: {string.Concat(said)}");
    }
}
