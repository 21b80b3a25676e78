using System.Collections.Immutable;
using IronProxy.Targets.Files;
using IronProxy.Targets.Options;
using IronProxy.Targets.Templates;

namespace IronProxy.Targets.Baremetal;

/// <summary>A Linux host: the proxy under systemd, and a firewall that leaves workload users no other way.</summary>
public sealed class BaremetalTarget : IDeploymentTarget
{
    /// <summary>Where everything but programs is installed.</summary>
    public const string ConfigFolder = "/etc/iron-proxy";

    /// <inheritdoc />
    public string Name => "baremetal";

    /// <inheritdoc />
    public TargetTraits Traits { get; } = new(
        "systemd units, a firewall by user (nftables or iptables, IPv4 and IPv6), and the scripts that install and remove them",
        TargetPattern.Embedded,
        "root on the host while it is installed; the proxy itself runs as a user without rights",
        "strong: the kernel refuses whatever the workload's user sends elsewhere; root, sudo, and sockets of daemons that act for others go around it");

    /// <inheritdoc />
    public ImmutableArray<TargetOption> Options { get; } =
    [
        new("firewall", OptionKind.Choice, "nftables", "What the rules are written for.") { Choices = ["nftables", "iptables"] },
        new("routing", OptionKind.Choice, "transparent", "How connections come to the proxy: ports 53, 80 and 443 are redirected there; or 80 and 443 come with the address that was dialled (tproxy); or programs are told with proxy variables.") { Choices = ["transparent", "tproxy", "connect"] },
        new("scope", OptionKind.Choice, "users", "Who is held: the workload users, or everyone but root, the proxy and the exempt users.") { Choices = ["users", "all"] },
        new("workload_users", OptionKind.Text, "app", "The users that run workloads: names or numbers, with commas between them."),
        new("exempt_users", OptionKind.Text, "", "With scope=all: users that are not held, such as systemd-timesync."),
        new("proxy_user", OptionKind.Name, "iron-proxy", "The user that the proxy runs as; it is made when it is missing."),
        new("loopback_ports", OptionKind.Text, "", "TCP ports on loopback that the workload may use beside the proxy's, such as 5432,3000-3999."),
        new("serve_ports", OptionKind.Text, "", "TCP ports on which other hosts may reach servers of the workload, such as 8000,9000-9010."),
        new("bin_dir", OptionKind.Path, "/opt/iron-proxy/bin", "Where iron-proxy and ironc are on the host."),
        new("policy", OptionKind.Choice, "plan", $"What the proxy starts with: the compiled plan, or {ConfigFolder}/proxy.yaml, which it compiles itself.") { Choices = ["plan", "config"] },
        new("log", OptionKind.Choice, "journal", "Where audit records go: the journal, or /var/log/iron-proxy.log.") { Choices = ["journal", "file"] },
        new("ca_days", OptionKind.Number, "90", "For how many days a CA that is made here is valid.") { Minimum = 1, Maximum = 3650 },
    ];

    /// <inheritdoc />
    public TargetCommands Commands { get; } = new(
        Preview: ["./install.sh", "--check"],
        Apply: ["./install.sh"],
        Destroy: ["./uninstall.sh"]);

    /// <inheritdoc />
    public ImmutableArray<string> UserFiles => [];

    /// <inheritdoc />
    public string StateFolder => "/var/lib/iron-proxy";

    /// <inheritdoc />
    public ImmutableArray<DeploymentFile> Render(DeploymentRequest request)
    {
        var host = BaremetalHost.Of(request);
        if (request.Preflight.HasErrors)
        {
            return [];
        }

        var values = host.Values;
        foreach (var part in (string[])["put", "trust"])
        {
            values[part] = TextTemplate.Fill(this, part, values);
        }

        List<DeploymentFile> files =
        [
            DeploymentFile.OfText("README.md", TextTemplate.Fill(this, "README.md", values)),
            DeploymentFile.OfScript("install.sh", TextTemplate.Fill(this, "install.sh", values)),
            DeploymentFile.OfScript("uninstall.sh", TextTemplate.Fill(this, "uninstall.sh", values)),
            DeploymentFile.OfScript("firewall/iron-proxy-firewall", TextTemplate.Fill(this, "iron-proxy-firewall", values)),
            DeploymentFile.OfText("systemd/iron-proxy.service", TextTemplate.Fill(this, "iron-proxy.service", values)),
            DeploymentFile.OfText("systemd/iron-proxy-firewall.service", TextTemplate.Fill(this, "iron-proxy-firewall.service", values)),
            DeploymentFile.OfText("systemd/iron-proxy-firewall-retry.service", TextTemplate.Fill(this, "iron-proxy-firewall-retry.service", values)),
            DeploymentFile.OfText("systemd/notify-reload.conf", TextTemplate.Fill(this, "notify-reload.conf", values)),
            DeploymentFile.OfText("systemd/reload-after.conf", TextTemplate.Fill(this, "reload-after.conf", values)),
            DeploymentFile.OfText("profile/iron-proxy.sh", TextTemplate.Fill(this, "profile.sh", values)),
            DeploymentFile.OfText("profile/workload.env", TextTemplate.Fill(this, "workload.env", values)),
            DeploymentFile.OfText("examples/workload.service", TextTemplate.Fill(this, "workload.service", values)),
        ];
        if (request.Options["firewall"] == "nftables")
        {
            files.Add(DeploymentFile.OfText("firewall/firewall.nft", TextTemplate.Fill(this, "firewall.nft", values)));
        }
        else
        {
            files.Add(DeploymentFile.OfText("firewall/firewall.v4", TextTemplate.Fill(this, "firewall.iptables", host.ValuesOfFamily(4))));
            files.Add(DeploymentFile.OfText("firewall/firewall.v6", TextTemplate.Fill(this, "firewall.iptables", host.ValuesOfFamily(6))));
        }

        if (request.Options["log"] == "file")
        {
            files.Add(DeploymentFile.OfText("systemd/logrotate.conf", TextTemplate.Fill(this, "logrotate.conf", values)));
        }

        if (request.Options["policy"] == "plan")
        {
            files.Add(new DeploymentFile("proxy.plan.json", request.PlanJson));
        }

        return [.. files];
    }
}
