using System.Collections.Immutable;
using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>
/// The networks that are denied when a policy does not say otherwise: where no upstream is, and where clouds hand out credentials to whoever asks from inside.
/// Private networks and that of carriers (100.64.0.0/10) are left out: many deployments reach upstreams in them.
/// </summary>
internal static class DefaultDenyList
{
    /// <summary>What stands for these networks in a list of a policy's own.</summary>
    private const string Word = "default";

    public static readonly ImmutableArray<string> Networks =
    [
        "0.0.0.0/8",              // this network (RFC 1122, 3.2.1.3); Linux takes its first address for loopback
        "127.0.0.0/8",            // loopback
        "169.254.0.0/16",         // link-local (RFC 3927): metadata of most clouds, credentials of ECS tasks (170.2) and EKS pods (170.23)
        "100.100.100.200/32",     // metadata of Alibaba Cloud
        "168.63.129.16/32",       // WireServer, the host's agent of Azure
        "192.0.0.192/32",         // metadata of Oracle Cloud at Customer
        "224.0.0.0/4",            // multicast
        "255.255.255.255/32",     // broadcast
        "::1/128",                // loopback
        "fe80::/10",              // link-local (RFC 4291, 2.5.6): metadata of OpenStack
        "ff00::/8",               // multicast
        "fd00:ec2::/32",          // services on each instance of AWS: metadata (254), credentials of EKS pods (23)
        "fd20:ce::254/128",       // metadata of Google Cloud
        "fd00:c1::a9fe:a9fe/128", // metadata of Oracle Cloud
        "fd00:42::42/128",        // metadata of Scaleway
        "fd00:a9fe:a9fe::1/128",  // metadata of Akamai
        "fd00:100::100:200/128",  // metadata of Alibaba Cloud
    ];

    public static bool IsMeant(Located<string> entry) => entry.Value == Word;
}
