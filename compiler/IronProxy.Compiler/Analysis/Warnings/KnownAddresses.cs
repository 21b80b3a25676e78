using System.Collections.Immutable;
using System.Net;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>Addresses and names behind which the machine itself, or the credentials of its cloud, are found.</summary>
internal static class KnownAddresses
{
    /// <summary>One address, and what is there.</summary>
    public sealed record Known(IPAddress Address, string What);

    /// <summary>The addresses that upstream_deny_cidrs holds unless a policy says otherwise.</summary>
    public static readonly ImmutableArray<Known> DeniedByDefault =
    [
        new(IPAddress.Parse("169.254.169.254"), "the cloud's metadata service"),
        new(IPAddress.Parse("fd00:ec2::254"), "the metadata service of AWS over IPv6"),
        new(IPAddress.Loopback, "this machine"),
        new(IPAddress.IPv6Loopback, "this machine over IPv6"),
    ];

    /// <summary>The same, and the addresses at which containers of AWS get their credentials.</summary>
    public static readonly ImmutableArray<Known> All =
    [
        .. DeniedByDefault,
        new(IPAddress.Parse("169.254.170.2"), "the credentials of ECS tasks"),
        new(IPAddress.Parse("169.254.170.23"), "the credentials of EKS pods"),
        new(IPAddress.Parse("fd00:ec2::23"), "the credentials of EKS pods over IPv6"),
        new(IPAddress.Parse("100.100.100.200"), "the metadata service of Alibaba Cloud"),
    ];

    /// <summary>Names of the same.</summary>
    public static readonly ImmutableArray<string> Names = ["localhost", "metadata.google.internal", "metadata", "instance-data", "instance-data.ec2.internal"];
}
