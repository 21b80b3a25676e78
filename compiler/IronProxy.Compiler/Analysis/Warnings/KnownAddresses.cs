using System.Collections.Immutable;
using System.Net;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>Addresses and names behind which the machine itself, or the credentials of its cloud, are found.</summary>
internal static class KnownAddresses
{
    /// <summary>One address, and what is there.</summary>
    public sealed record Known(IPAddress Address, string What);

    /// <summary>Addresses that upstream_deny_cidrs refuses unless a policy says otherwise. Those that matter most come first.</summary>
    public static readonly ImmutableArray<Known> Addresses =
    [
        new(IPAddress.Parse("169.254.169.254"), "the cloud's metadata service"),
        new(IPAddress.Loopback, "this machine"),
        new(IPAddress.Parse("169.254.170.2"), "the credentials of ECS tasks"),
        new(IPAddress.Parse("169.254.170.23"), "the credentials of EKS pods"),
        new(IPAddress.Parse("fd00:ec2::254"), "the metadata service of AWS over IPv6"),
        new(IPAddress.Parse("fd00:ec2::23"), "the credentials of EKS pods over IPv6"),
        new(IPAddress.Parse("fd20:ce::254"), "the metadata service of Google Cloud over IPv6"),
        new(IPAddress.Parse("fd00:c1::a9fe:a9fe"), "the metadata service of Oracle Cloud over IPv6"),
        new(IPAddress.IPv6Loopback, "this machine over IPv6"),
        new(IPAddress.Parse("168.63.129.16"), "the host's agent of Azure"),
        new(IPAddress.Parse("100.100.100.200"), "the metadata service of Alibaba Cloud"),
        new(IPAddress.Parse("192.0.0.192"), "the metadata service of Oracle Cloud at Customer"),
        new(IPAddress.Parse("fd00:42::42"), "the metadata service of Scaleway over IPv6"),
        new(IPAddress.Parse("fd00:a9fe:a9fe::1"), "the metadata service of Akamai over IPv6"),
        new(IPAddress.Parse("fd00:100::100:200"), "the metadata service of Alibaba Cloud over IPv6"),
    ];

    /// <summary>Names of the same.</summary>
    public static readonly ImmutableArray<string> Names = ["localhost", "metadata.google.internal", "metadata", "instance-data", "instance-data.ec2.internal"];
}
