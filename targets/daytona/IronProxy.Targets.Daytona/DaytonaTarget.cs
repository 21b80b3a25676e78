using System.Collections.Immutable;
using System.Globalization;
using IronProxy.Plan;
using IronProxy.Targets.Baremetal;
using IronProxy.Targets.Files;
using IronProxy.Targets.Options;
using IronProxy.Targets.Templates;

namespace IronProxy.Targets.Daytona;

/// <summary>A Daytona sandbox with the proxy in it: the image, what sets it up, and scripts that create it.</summary>
public sealed class DaytonaTarget : IDeploymentTarget
{
    /// <summary>The user that the proxy runs as.</summary>
    internal const string ProxyUser = "iron-proxy";

    /// <summary>Where the project's image has the programs.</summary>
    private const string Programs = "/opt/iron-proxy";

    /// <inheritdoc />
    public string Name => "daytona";

    /// <inheritdoc />
    public TargetTraits Traits { get; } = new(
        "a Dockerfile for Daytona sandboxes, an entrypoint that closes them before the workload starts, and scripts that create them (TypeScript, Python)",
        TargetPattern.Embedded,
        "an API key of Daytona; in the sandbox CAP_NET_ADMIN while it is set up",
        "strong: the kernel refuses whatever the workload's user sends elsewhere; root goes around it, and the workload has no way to become root");

    /// <inheritdoc />
    public ImmutableArray<TargetOption> Options { get; } =
    [
        new("image", OptionKind.Image, null, "The image that the target image builds, with the registry that Daytona pulls it from."),
        new("base", OptionKind.Image, "docker.io/library/debian:trixie-slim", "What the sandbox is built on: Debian or a relative of it, with the workload's tools."),
        new("user", OptionKind.Name, "daytona", "The user that the workload runs as; it is made when it is missing."),
        new("firewall", OptionKind.Choice, "nftables", "What the rules are written for.") { Choices = ["nftables", "iptables"] },
        new("loopback_ports", OptionKind.Text, "", "TCP ports on loopback that the workload may use beside the proxy's, such as 5432,3000-3999."),
        new("ca_days", OptionKind.Number, "30", "For how many days the CA is valid that each sandbox makes for itself.") { Minimum = 2, Maximum = 365 },
        new("auto_stop", OptionKind.Number, "15", "After how many minutes without use Daytona stops the sandbox; 0 is never.") { Minimum = 0, Maximum = 43200 },
    ];

    /// <inheritdoc />
    public TargetCommands Commands { get; } = new(["./sandbox.sh", "preview"], ["./sandbox.sh", "create"], ["./sandbox.sh", "destroy"]);

    /// <inheritdoc />
    public ImmutableArray<string> UserFiles { get; } = ["node_modules/", "package-lock.json", ".build/", ".venv/", "__pycache__/", ".sandboxes"];

    /// <inheritdoc />
    public ImmutableArray<DeploymentFile> Render(DeploymentRequest request)
    {
        DaytonaPreflight.Check(request);
        var options = request.Options;
        var host = HostDeployment.Render(
            request,
            "host",
            new("workload_users", options["user"]),
            new("proxy_user", ProxyUser),
            new("firewall", options["firewall"]),
            new("loopback_ports", options["loopback_ports"]),
            // Daytona's own program runs as the workload's user, and is asked from outside.
            new("serve_ports", string.Join(',', DaytonaPreflight.PortsOfDaytona.Except(request.Model.Listeners.Select(l => l.Port)))),
            new("bin_dir", Programs),
            new("ca_days", options["ca_days"]));
        if (request.Preflight.HasErrors)
        {
            return [];
        }

        // There is no systemd: of the host's deployment the rules, what loads them, and the plan are used.
        var used = host.Where(f => f.Path.StartsWith("host/firewall/", StringComparison.Ordinal) || f.Path == "host/proxy.plan.json").ToImmutableArray();
        var values = Values(request, host, used);
        return
        [
            .. used,
            DeploymentFile.OfText("README.md", TextTemplate.Fill(this, "README.md", values)),
            DeploymentFile.OfText("Dockerfile", TextTemplate.Fill(this, "Dockerfile", values)),
            DeploymentFile.OfScript("image/entrypoint.sh", TextTemplate.Fill(this, "entrypoint.sh", values)),
            DeploymentFile.OfScript("image/iron-proxy-sandbox", TextTemplate.Fill(this, "iron-proxy-sandbox", values)),
            DeploymentFile.OfText("image/sudoers", TextTemplate.Fill(this, "sudoers", values)),
            DeploymentFile.OfScript("sandbox.sh", TextTemplate.Fill(this, "sandbox.sh", values)),
            DeploymentFile.OfText("sandbox.ts", TextTemplate.Fill(this, "sandbox.ts", values)),
            DeploymentFile.OfText("sandbox.py", TextTemplate.Fill(this, "sandbox.py", values)),
            DeploymentFile.OfText("package.json", TextTemplate.Fill(this, "package.json", values)),
            DeploymentFile.OfText("requirements.txt", TextTemplate.Fill(this, "requirements.txt", values)),
        ];
    }

    private static Dictionary<string, object?> Values(DeploymentRequest request, ImmutableArray<DeploymentFile> host, ImmutableArray<DeploymentFile> used)
    {
        var (model, options) = (request.Model, request.Options);
        var variables = model.Variables.Select(v => v.Name).ToArray();
        return new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["image"] = options["image"],
            ["base"] = options["base"],
            ["user"] = options["user"],
            ["proxy_user"] = ProxyUser,
            ["powerful_groups"] = HostDeployment.PowerfulGroups,
            ["nftables"] = options["firewall"] == "nftables",
            ["firewall"] = options["firewall"],
            ["programs"] = Programs,
            ["config_dir"] = BaremetalTarget.ConfigFolder,
            ["config_files"] = used.Select(f => f.Path).Where(p => !p.EndsWith("/iron-proxy-firewall", StringComparison.Ordinal)).ToArray(),
            ["environment"] = EnvironmentOf(host).ToArray(),
            ["functions"] = HostDeployment.TrustFunctions(model.Ca?.Certificate ?? "", model.Ca?.Key ?? "", options.Number("ca_days")),
            ["ca"] = model.Ca is not null,
            ["ca_cert"] = model.Ca?.Certificate ?? "",
            ["ca_key"] = model.Ca?.Key ?? "",
            ["ca_days"] = options["ca_days"],
            ["auto_stop"] = options["auto_stop"],
            ["low_ports"] = model.Listeners.Any(l => l.IsPrivileged),
            ["ready_port"] = (model.Listener(ListenerRole.Https) ?? model.Listeners[0]).Port.ToString(CultureInfo.InvariantCulture),
            ["variables"] = variables,
            ["has_variables"] = variables.Length > 0,
            ["sdk"] = "0.216.0",
            ["policy"] = request.Plan.PolicyHash,
        };
    }

    /// <summary>What programs need to know about the CA, from the host's workload.env. Processes that Daytona starts get it from the image alone.</summary>
    private static IEnumerable<string> EnvironmentOf(ImmutableArray<DeploymentFile> host) =>
        host.Single(f => f.Path == "host/profile/workload.env").Text.Split('\n')
            .Where(l => l.Contains('=', StringComparison.Ordinal) && l[0] != '#' && !l.EndsWith("=\"\"", StringComparison.Ordinal));
}
