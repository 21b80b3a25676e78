using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Targets.K8s;

/// <summary>
/// Whom the proxy asks for addresses. Resolvers are often where its policy lets nobody go: the nodes of GKE ask 169.254.169.254, the metadata
/// service, and NodeLocal DNSCache answers on 169.254.20.10. So port 53 of them is opened for the proxy, and nothing else.
/// </summary>
internal static class ProxyResolvers
{
    /// <summary>The port of DNS, at the nodes' resolvers.</summary>
    public const int UsualPort = 53;

    /// <summary>Resolvers at addresses where otherwise nobody of a policy goes.</summary>
    private static readonly ImmutableArray<IPAddress> Known =
    [
        IPAddress.Parse("169.254.169.254"), // the nodes' on GKE and Oracle Cloud: the metadata service
        IPAddress.Parse("169.254.169.253"), // the VPC's on AWS
        IPAddress.Parse("169.254.20.10"), // NodeLocal DNSCache
        IPAddress.Parse("168.63.129.16"), // the nodes' on Azure: the agent of the host
        IPAddress.Parse("fd00:ec2::253"), // the VPC's on AWS
        IPAddress.Parse("fd20:ce::254"), // the nodes' on GKE with IPv6 alone
    ];

    /// <summary>Networks in which there is no resolver but those above: local, link-local and multicast ones, and services of AWS.</summary>
    private static readonly ImmutableArray<IPNetwork> WithoutOthers =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("224.0.0.0/3"),
        IPNetwork.Parse("::1/128"), IPNetwork.Parse("fd00:ec2::/32"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"),
    ];

    /// <summary>The one that the policy names.</summary>
    public static (IPAddress Address, int Port)? Named(DeploymentRequest request) =>
        request.Plan.Dns?.UpstreamResolver is { Address: { } text } resolver ? (IPAddress.Parse(text), resolver.Port) : null; // The compiler takes addresses alone.

    /// <summary>Those of the nodes that the policy would close, when it names none: of the option, or as they are known to be.</summary>
    public static IEnumerable<IPAddress> OfNodes(DeploymentRequest request)
    {
        IEnumerable<IPAddress> known = Given(request) is { Length: > 0 } given ? given : Known;
        return known.Where(a => DeniedNetworks(request).Any(n => n.Contains(a)));
    }

    /// <summary>The addresses of the option node_resolvers; null when one is none.</summary>
    public static IPAddress[]? Given(DeploymentRequest request)
    {
        var texts = request.Options["node_resolvers"].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var addresses = texts.Select(AddressText.TryAddress).ToArray();
        return addresses.Contains(null) ? null : [.. addresses.OfType<IPAddress>()];
    }

    /// <summary>A denied network in which the nodes' resolver may be, as far as is known here. Who denies one address knows what is there.</summary>
    public static string? MayHide(DeploymentRequest request) => Named(request) is null && Given(request) is { Length: 0 } ? DeniedWithServers(request) : null;

    /// <summary>A denied network in which there may be servers of the cluster.</summary>
    public static string? DeniedWithServers(DeploymentRequest request) =>
        request.Plan.Upstream.DenyCidrs.FirstOrDefault(c => IPNetwork.Parse(c) is { PrefixLength: > 0 } network && !IsOneAddress(network) && !WithoutOthers.Any(w => w.PrefixLength <= network.PrefixLength && w.Contains(network.BaseAddress)));

    private static bool IsOneAddress(IPNetwork network) => network.PrefixLength == network.BaseAddress.GetAddressBytes().Length * 8;

    /// <summary>An address as a network of its own.</summary>
    public static string Block(IPAddress address) => $"{address}/{(address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)}";

    private static IEnumerable<IPNetwork> DeniedNetworks(DeploymentRequest request) => request.Plan.Upstream.DenyCidrs.Select(c => IPNetwork.Parse(c));
}
