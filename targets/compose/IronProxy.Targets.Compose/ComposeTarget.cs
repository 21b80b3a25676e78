using System.Collections.Immutable;
using IronProxy.Targets.Documents;
using IronProxy.Targets.Files;
using IronProxy.Targets.Model;
using IronProxy.Targets.Options;
using IronProxy.Targets.Templates;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.Compose;

/// <summary>Docker Compose: the proxy and a workload on a network that leads nowhere but to the proxy.</summary>
public sealed class ComposeTarget : IDeploymentTarget
{
    private const string Heading =
        """
        The workload can reach iron-proxy and nothing else: its network leads nowhere, and every name resolves to the proxy.
        Own services and changes belong into compose.override.yaml, which is read with this file and never overwritten.
        """;

    /// <inheritdoc/>
    public string Name => "compose";

    /// <inheritdoc/>
    public TargetTraits Traits { get; } = new(
        "a Compose file: the proxy, a workload, and a network between them without another way out",
        TargetPattern.NetworkProxy,
        "to run containers with Docker; root on the host for enforcement=nftables",
        "strong: the workload's network is internal (or filtered by nftables on the host) and it has no capabilities; a service that is also on the network 'egress' goes around the proxy");

    /// <inheritdoc/>
    public ImmutableArray<TargetOption> Options { get; } =
    [
        new("image", OptionKind.Image, $"localhost/iron-proxy:{ProductVersion.Text}", "The image that the target 'image' builds."),
        new("workload_image", OptionKind.Image, "docker.io/library/debian:trixie-slim", "The image of the workload."),
        new("subnet", OptionKind.Network, "172.20.0.0/24", "The IPv4 network of proxy and workload; dns.proxy_ip is one of its addresses."),
        new("egress_subnet", OptionKind.Network, "172.20.1.0/24", "The IPv4 network between the proxy and the internet, which is no part of the other."),
        new("enforcement", OptionKind.Choice, "internal", "What keeps the workload in: an internal network, or nftables on the host where other containers share the workload's bridge.") { Choices = ["internal", "nftables"] },
        new("bridge", OptionKind.Name, "iron0", "The bridge's name on the host, at most 15 characters."),
        new("user", OptionKind.Number, "10001", "User and group that the proxy runs as; the image's.") { Minimum = 1, Maximum = 65533 },
        new("workload_user", OptionKind.Number, "1000", "User and group that the workload runs as.") { Minimum = 1, Maximum = 65533 },
        new("ca_days", OptionKind.Number, "30", "For how many days a new CA is valid.") { Minimum = 1, Maximum = 3650 },
    ];

    /// <inheritdoc/>
    public TargetCommands Commands { get; } = new(
        ["docker", "compose", "config"],
        ["docker", "compose", "up", "--detach", "--remove-orphans"],
        ["docker", "compose", "down", "--volumes"]);

    /// <inheritdoc/>
    public ImmutableArray<string> UserFiles { get; } = [".env", "compose.override.yaml", "secrets/"];

    /// <inheritdoc/>
    public string StateFolder => ContainerPaths.StateFolder;

    /// <inheritdoc/>
    public ImmutableArray<DeploymentFile> Render(DeploymentRequest request)
    {
        if (!ComposePreflight.Check(request))
        {
            return [];
        }

        var layout = ComposeLayout.Of(request);
        var files = ImmutableArray.CreateBuilder<DeploymentFile>();
        files.Add(DeploymentFile.OfText("compose.yaml", YamlPrinter.Print(ComposeDocument.Create(layout, request.Model), Heading)));
        files.Add(new DeploymentFile("proxy.plan.json", request.PlanJson));
        var values = Values(layout, request.Model);
        if (!request.Model.Variables.IsEmpty)
        {
            files.Add(DeploymentFile.OfText(".env.example", TextTemplate.Fill(this, "env.example", values)));
        }

        files.Add(DeploymentFile.OfText(".gitignore", TextTemplate.Fill(this, "gitignore", values)));
        if (layout.IsFiltered)
        {
            files.Add(DeploymentFile.OfText("firewall.nft", TextTemplate.Fill(this, "firewall.nft", values)));
            files.Add(DeploymentFile.OfScript("firewall.sh", TextTemplate.Fill(this, "firewall.sh", values)));
            files.Add(DeploymentFile.OfScript("guard.sh", TextTemplate.Fill(this, "guard.sh", values)));
        }

        files.Add(DeploymentFile.OfText("README.md", TextTemplate.Fill(this, "README.md", values)));
        return files.ToImmutable();
    }

    private static Dictionary<string, object?> Values(ComposeLayout layout, DeploymentModel model) => new()
    {
        ["image"] = layout.Image,
        ["proxy_ip"] = layout.ProxyIp,
        ["elsewhere"] = layout.Elsewhere,
        ["gateway"] = layout.Gateway,
        ["subnet"] = layout.Subnet,
        ["bridge"] = layout.Bridge,
        ["table"] = "iron_compose_" + layout.Bridge.Replace('-', '_').Replace('.', '_'),
        ["user"] = layout.User,
        ["ca"] = model.Ca is not null,
        ["ca_folder"] = model.Ca is { } ca ? ContainerPaths.FolderOf(ca.Key) : "",
        ["ca_days"] = layout.CaDays,
        ["variables"] = model.Variables.Select(v => v.Name).ToArray(),
        ["secret_files"] = model.Files.Select(f => new Dictionary<string, object?> { ["local"] = ComposeLayout.LocalFile(f.Name), ["path"] = f.Name }).ToArray(),
        ["filtered"] = layout.IsFiltered,
    };
}
