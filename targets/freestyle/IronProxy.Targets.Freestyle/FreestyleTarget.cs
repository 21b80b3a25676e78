using System.Collections.Immutable;
using System.Text.Json;
using IronProxy.Targets.Baremetal;
using IronProxy.Targets.Files;
using IronProxy.Targets.Options;
using IronProxy.Targets.Templates;

namespace IronProxy.Targets.Freestyle;

/// <summary>VMs of Freestyle: a snapshot in which the workload is held already, and launches that bring the secrets.</summary>
public sealed class FreestyleTarget : IDeploymentTarget
{
    /// <summary>The user of the VM that commands run as.</summary>
    private const string Workload = "workload";

    /// <inheritdoc/>
    public string Name => "freestyle";

    /// <inheritdoc/>
    public TargetTraits Traits { get; } = new(
        "scripts for the SDK of Freestyle: one makes a snapshot, one launches VMs from it that run commands as a user who is held",
        TargetPattern.Embedded,
        "a key for the API of Freestyle; root in the VM, which the API gives",
        "strong: the VM's own kernel refuses whatever the workload's user sends elsewhere, and commands run without a way to root; whoever has the key of the API goes around it");

    /// <inheritdoc/>
    public ImmutableArray<TargetOption> Options { get; } =
    [
        new("sdk", OptionKind.Choice, "0.2", "The SDK that the scripts are for: 0.2 is the current one, which talks to another API than 0.1.") { Choices = ["0.2", "0.1"] },
        new("image", OptionKind.Image, $"localhost/iron-proxy:{ProductVersion.Text}", "The image that the target 'image' builds; pack.sh takes both programs from it."),
        new("base", OptionKind.Text, "", "What the snapshot is made from: a snapshot with sdk=0.2 (freestyle/ubuntu), an image with sdk=0.1 (debian:trixie-slim)."),
        new("name", OptionKind.Name, "iron-proxy", "What the names of the snapshot and of VMs begin with."),
        new("firewall", OptionKind.Choice, "nftables", "What the rules are written for.") { Choices = ["nftables", "iptables"] },
        new("loopback_ports", OptionKind.Text, "", "TCP ports on loopback that the workload may use beside the proxy's, such as 5432,3000-3999."),
        new("serve_ports", OptionKind.Text, "", "TCP ports on which others may reach servers of the workload, such as 8000."),
        new("ca_days", OptionKind.Number, "7", "For how many days the CA of a VM is valid.") { Minimum = 1, Maximum = 365 },
    ];

    /// <inheritdoc/>
    public TargetCommands Commands { get; } = new(["node", "create-snapshot.mjs", "--plan"], ["node", "create-snapshot.mjs"], ["node", "destroy.mjs"]);

    /// <inheritdoc/>
    public ImmutableArray<string> UserFiles { get; } = ["node_modules/", "package-lock.json", "programs.tar.gz", "snapshot.json"];

    /// <inheritdoc/>
    public ImmutableArray<DeploymentFile> Render(DeploymentRequest request)
    {
        var host = HostDeployment.Render(
            request,
            "host",
            KeyValuePair.Create("workload_users", Workload),
            KeyValuePair.Create("firewall", request.Options["firewall"]),
            KeyValuePair.Create("loopback_ports", request.Options["loopback_ports"]),
            KeyValuePair.Create("serve_ports", request.Options["serve_ports"]),
            KeyValuePair.Create("ca_days", request.Options["ca_days"]));
        FreestylePreflight.Check(request);
        if (request.Preflight.HasErrors)
        {
            return [];
        }

        var isCurrent = request.Options["sdk"] == "0.2";
        var values = new Dictionary<string, object?>
        {
            ["current"] = isCurrent,
            ["sdk"] = isCurrent ? "0.2.17" : "0.1.49",
            ["image"] = request.Options["image"],
            ["base"] = FreestylePreflight.BaseOf(request.Options),
            ["base_json"] = Json(FreestylePreflight.BaseOf(request.Options)),
            ["image_json"] = Json(request.Options["image"]),
            ["name"] = request.Options["name"],
            ["workload"] = Workload,
            ["policy"] = request.Plan.PolicyHash,
            ["nftables"] = request.Options["firewall"] == "nftables",
            ["ca"] = request.Model.Ca is not null,
            ["ca_cert"] = request.Model.Ca?.Certificate ?? "",
            ["ca_key"] = request.Model.Ca?.Key ?? "",
            ["ca_days"] = request.Options["ca_days"],
            ["variables"] = request.Model.Variables.Select(v => v.Name).ToArray(),
            ["variables_json"] = Json(request.Model.Variables.Select(v => v.Name)),
        };
        return
        [
            Text("README.md"), Text("package.json"), Text("settings.mjs"), Text("sdk.mjs", isCurrent ? "sdk-0.2.mjs" : "sdk-0.1.mjs"),
            Text("steps.mjs"), Text("create-snapshot.mjs"), Text("launch.mjs"), Text("destroy.mjs"),
            Script("pack.sh"), Script("vm/prepare.sh"), Script("vm/start.sh"), Script("vm/iron-proxy-workload"),
            .. host,
        ];

        DeploymentFile Text(string path, string? template = null) => DeploymentFile.OfText(path, TextTemplate.Fill(this, template ?? path, values));

        DeploymentFile Script(string path) => DeploymentFile.OfScript(path, TextTemplate.Fill(this, path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..], values));
    }

    /// <summary>As JavaScript and JSON write it.</summary>
    private static string Json<T>(T value) => JsonSerializer.Serialize(value);
}
