using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// The networks of <c>upstream_deny_cidrs</c>. An address is compared in every spelling under which the kernel or a gateway
/// on the way would deliver it somewhere else: IPv4 inside IPv6, and the unspecified address, which Linux takes for loopback.
/// </summary>
/// <param name="cidrs">The networks.</param>
public sealed class DeniedNetworks(ImmutableArray<string> cidrs)
{
    /// <summary>RFC 6052, 2.1: the well-known prefix of NAT64.</summary>
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>RFC 3056: 6to4.</summary>
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    private readonly IPNetwork[] _networks = [.. cidrs.Select(IPNetwork.Parse)];

    /// <summary>Whether an address may not be dialled.</summary>
    public bool Contains(IPAddress address)
    {
        if (_networks.Length == 0 || !Checks.On(Check.UpstreamDenyCidrs))
        {
            return false;
        }

        foreach (var spelling in Spellings(address))
        {
            foreach (var network in _networks)
            {
                if (network.Contains(spelling))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static IEnumerable<IPAddress> Spellings(IPAddress address)
    {
        address = CanonicalHost.Unmap(address);
        yield return address;
        if (address.Equals(IPAddress.Any))
        {
            yield return IPAddress.Loopback;
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            yield break;
        }

        if (address.Equals(IPAddress.IPv6Any))
        {
            yield return IPAddress.IPv6Loopback;
        }

        var bytes = address.GetAddressBytes();
        if (Nat64.Contains(address) || bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0)
        {
            yield return new IPAddress(bytes.AsSpan(12, 4));
        }

        if (SixToFour.Contains(address))
        {
            yield return new IPAddress(bytes.AsSpan(2, 4));
        }
    }
}
