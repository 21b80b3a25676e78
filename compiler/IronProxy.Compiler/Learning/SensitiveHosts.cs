using System.Net;
using IronProxy.Plan;

namespace IronProxy.Compiler.Learning;

/// <summary>Hosts that nobody should come to allow because a workload asked for them once.</summary>
internal static class SensitiveHosts
{
    private const string Metadata = "a metadata service gives out the machine's credentials";
    private const string Loopback = "that is the proxy's own machine";

    private static readonly string[] MetadataNames = ["metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"];

    private static readonly (IPNetwork Network, string Why)[] Networks =
    [
        (IPNetwork.Parse("127.0.0.0/8"), Loopback),
        (IPNetwork.Parse("0.0.0.0/8"), Loopback),
        (IPNetwork.Parse("::1/128"), Loopback),
        (IPNetwork.Parse("::/128"), Loopback),

        // Link-local: the metadata services of most clouds, and nothing that is far away. The others have addresses elsewhere.
        (IPNetwork.Parse("169.254.0.0/16"), Metadata),
        (IPNetwork.Parse("fe80::/10"), Metadata),
        (IPNetwork.Parse("fd00:ec2::/32"), Metadata),
        (IPNetwork.Parse("100.100.100.200/32"), Metadata),
        (IPNetwork.Parse("192.0.0.192/32"), Metadata),
    ];

    /// <summary>Why a host should not be allowed without thought, or null.</summary>
    public static string? Why(CanonicalHost host)
    {
        if (host.Address is { } address)
        {
            return Networks.FirstOrDefault(n => n.Network.Contains(address)).Why;
        }

        return MetadataNames.Contains(host.Text, StringComparer.Ordinal) ? Metadata
            : host.Text == "localhost" || host.Text.EndsWith(".localhost", StringComparison.Ordinal) ? Loopback
            : null;
    }
}
