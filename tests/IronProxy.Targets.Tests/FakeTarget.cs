using System.Collections.Immutable;
using IronProxy.Targets.Files;
using IronProxy.Targets.Options;

namespace IronProxy.Targets.Tests;

/// <summary>A target with an option of each kind.</summary>
internal sealed class FakeTarget : IDeploymentTarget
{
    public string Name => "fake";

    public TargetTraits Traits { get; } = new("A folder.", TargetPattern.Embedded, "none", "none");

    public ImmutableArray<TargetOption> Options { get; } =
    [
        new("text", OptionKind.Text, "", "Text."),
        new("user", OptionKind.Name, "app", "A user."),
        new("path", OptionKind.Path, "/etc/iron-proxy", "A path."),
        new("port", OptionKind.Number, "53", "A port.") { Minimum = 1, Maximum = 65535 },
        new("address", OptionKind.Address, "127.0.0.1", "An address."),
        new("network", OptionKind.Network, "10.0.0.0/8", "A network."),
        new("ipv6", OptionKind.Switch, "true", "A switch."),
        new("firewall", OptionKind.Choice, "nftables", "A choice.") { Choices = ["nftables", "iptables"] },
        new("bucket", OptionKind.Name, null, "Where the plan is kept."),
    ];

    public TargetCommands Commands { get; } = new(["true"], ["true"], ["true"]);

    public ImmutableArray<string> UserFiles => [];

    public ImmutableArray<DeploymentFile> Render(DeploymentRequest request) => [];
}
