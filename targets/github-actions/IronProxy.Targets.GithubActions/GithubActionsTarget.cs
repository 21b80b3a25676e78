using System.Collections.Immutable;
using IronProxy.Targets.Baremetal;
using IronProxy.Targets.Files;
using IronProxy.Targets.Options;
using IronProxy.Targets.Templates;

namespace IronProxy.Targets.GithubActions;

/// <summary>A composite action that makes a host of the runner: from its step on, the job reaches what the policy allows.</summary>
public sealed class GithubActionsTarget : IDeploymentTarget
{
    /// <summary>Where the programs are on the runner. Not in /opt, which everyone may write to on GitHub's runners.</summary>
    internal const string Programs = "/usr/local/lib/iron-proxy";

    /// <summary>Where audit records go.</summary>
    internal const string Log = "/var/log/iron-proxy.log";

    /// <inheritdoc />
    public string Name => "github-actions";

    /// <inheritdoc />
    public TargetTraits Traits { get; } = new(
        "a composite action that holds the rest of a job, one that sums its traffic up, and a workflow that uses both",
        TargetPattern.Embedded,
        "a runner with systemd whose user may use sudo until the action has run; --preview shows what git would add, --apply adds it",
        "good against what a build runs: the kernel refuses whatever the runner's user sends elsewhere, and sudo and Docker are gone; who was root before the step goes around it");

    /// <inheritdoc />
    public ImmutableArray<TargetOption> Options { get; } =
    [
        new("image", OptionKind.Image, "localhost/iron-proxy", "The image that the programs come from, without a tag: the action's input 'version' is the tag."),
        new("runner_user", OptionKind.Name, "runner", "The user that the runner and its jobs run as."),
        new("github", OptionKind.Choice, "read", "What of GitHub the job may reach beside the policy: what the runner itself needs, or also reading from github.com.") { Choices = ["read", "runner"] },
        new("firewall", OptionKind.Choice, "iptables", "What the rules are written for. Runners with Docker have iptables.") { Choices = ["iptables", "nftables"] },
        new("loopback_ports", OptionKind.Text, "all", "TCP ports on loopback that the job may use, such as 5432,3000-3999; 'all' are those from 1024 on, but for the operators' and Docker's."),
        new("disable_sudo", OptionKind.Switch, "true", "What the action's input 'disable-sudo' is when a workflow does not set it."),
        new("disable_docker", OptionKind.Switch, "true", "What the action's input 'disable-docker' is when a workflow does not set it."),
    ];

    /// <inheritdoc />
    public TargetCommands Commands { get; } = new(
        Preview: ["git", "add", "--dry-run", "--all", "."],
        Apply: ["git", "add", "--all", "."],
        Destroy: ["git", "rm", "-r", "--quiet", "."]);

    /// <inheritdoc />
    public ImmutableArray<string> UserFiles => [];

    /// <inheritdoc />
    public ImmutableArray<DeploymentFile> Render(DeploymentRequest request)
    {
        var options = request.Options;
        var host = HostDeployment.Render(
            request,
            "host",
            [
                new("workload_users", options["runner_user"]),
                new("firewall", options["firewall"]),
                new("loopback_ports", options["loopback_ports"] == "all" ? LoopbackPorts.AllBut(request.Model.Listeners) : options["loopback_ports"]),
                new("bin_dir", Programs),
                new("policy", "config"),
                new("log", "file"),
                new("ca_days", "3"),
            ]);
        GithubActionsPreflight.Check(request);
        if (request.Preflight.HasErrors || request.PolicyText is not { } policy)
        {
            return [];
        }

        var values = Values(request);
        return
        [
            DeploymentFile.OfText("action.yml", ActionDocuments.Action(request)),
            DeploymentFile.OfText("summary/action.yml", ActionDocuments.Summary()),
            DeploymentFile.OfText("examples/workflow.yml", ActionDocuments.Workflow(request)),
            DeploymentFile.OfText("examples/egress-rules.yaml", TextTemplate.Fill(this, "egress-rules.yaml", values)),
            DeploymentFile.OfText("github-rules.yaml", TextTemplate.Fill(this, "github-rules.yaml", values)),
            DeploymentFile.OfText("proxy.yaml", policy),
            DeploymentFile.OfText("README.md", TextTemplate.Fill(this, "README.md", values)),
            DeploymentFile.OfScript("scripts/start.sh", TextTemplate.Fill(this, "start.sh", values)),
            DeploymentFile.OfScript("scripts/fetch-programs.sh", TextTemplate.Fill(this, "fetch-programs.sh", values)),
            DeploymentFile.OfScript("scripts/lock-down.sh", TextTemplate.Fill(this, "lock-down.sh", values)),
            DeploymentFile.OfScript("summary/summary.sh", TextTemplate.Fill(this, "summary.sh", values)),
            .. host,
        ];
    }

    private static Dictionary<string, object?> Values(DeploymentRequest request) => new(StringComparer.Ordinal)
    {
        ["user"] = request.Options["runner_user"],
        ["powerful_groups"] = HostDeployment.PowerfulGroups,
        ["image"] = request.Options["image"],
        ["programs"] = Programs,
        ["config_dir"] = BaremetalTarget.ConfigFolder,
        ["log"] = Log,
        ["read"] = request.Options["github"] == "read",
        ["firewall"] = request.Options["firewall"],
        ["nftables"] = request.Options["firewall"] == "nftables",
        ["sudo_stays"] = !request.Options.Switch("disable_sudo"),
        ["docker_stays"] = !request.Options.Switch("disable_docker"),
        ["variables"] = request.Model.Variables.Select(v => v.Name).ToArray(),
        ["has_variables"] = !request.Model.Variables.IsEmpty,
        ["ca"] = request.Model.Ca is not null,
        ["ca_cert"] = request.Model.Ca?.Certificate ?? "",
        ["ca_key"] = request.Model.Ca?.Key ?? "",
    };
}
