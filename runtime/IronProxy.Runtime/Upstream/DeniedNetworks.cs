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
    /// <summary>RFC 6052, 2.1: the well-known prefix of NAT64. The address is always at the end.</summary>
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>RFC 8215: the prefix for NAT64 inside a network, which divides it as it likes.</summary>
    private static readonly IPNetwork LocalNat64 = IPNetwork.Parse("64:ff9b:1::/48");

    /// <summary>RFC 3056: 6to4.</summary>
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    /// <summary>RFC 4380, 4: Teredo, with the server's address and the client's, whose bits are inverted.</summary>
    private static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");

    /// <summary>RFC 2765, 2.1: IPv4-translated addresses.</summary>
    private static readonly IPNetwork Translated = IPNetwork.Parse("::ffff:0:0:0/96");

    /// <summary>RFC 4291, 2.5.5.1: IPv4-compatible addresses.</summary>
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");

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
        foreach (var inner in Inside(address, bytes))
        {
            yield return inner;
        }
    }

    /// <summary>The IPv4 addresses that an IPv6 address may stand for.</summary>
    private static IEnumerable<IPAddress> Inside(IPAddress address, byte[] bytes)
    {
        if (Nat64.Contains(address) || Compatible.Contains(address) || Translated.Contains(address) || IsIsatap(bytes))
        {
            yield return new IPAddress(bytes.AsSpan(12, 4));
        }

        if (SixToFour.Contains(address))
        {
            yield return new IPAddress(bytes.AsSpan(2, 4));
        }

        if (Teredo.Contains(address))
        {
            yield return new IPAddress(bytes.AsSpan(4, 4));
            yield return new IPAddress([(byte)~bytes[12], (byte)~bytes[13], (byte)~bytes[14], (byte)~bytes[15]]);
        }

        // RFC 6052, 2.2: where the address is depends on the prefix's length, and its ninth byte is left out.
        if (LocalNat64.Contains(address))
        {
            yield return new IPAddress([bytes[6], bytes[7], bytes[9], bytes[10]]);
            yield return new IPAddress([bytes[7], bytes[9], bytes[10], bytes[11]]);
            yield return new IPAddress(bytes.AsSpan(9, 4));
            yield return new IPAddress(bytes.AsSpan(12, 4));
        }
    }

    /// <summary>RFC 5214, 6.1: an interface identifier 0:5efe or 200:5efe, in any network.</summary>
    private static bool IsIsatap(ReadOnlySpan<byte> bytes) => (bytes[8] & ~2) == 0 && bytes[9..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0x5E, 0xFE]);
}
