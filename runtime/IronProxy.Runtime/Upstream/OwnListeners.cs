using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>The proxy's own listeners. Dialling one would let a request travel in circles, or reach the health checks.</summary>
/// <param name="endpoints">The bound endpoints.</param>
public sealed class OwnListeners(IReadOnlyList<IPEndPoint> endpoints)
{
    /// <summary>Whether an address and port lead back to the proxy.</summary>
    public bool Contains(IPAddress address, int port)
    {
        if (!Checks.On(Check.UpstreamOwnListeners))
        {
            return false;
        }

        foreach (var endpoint in endpoints)
        {
            if (endpoint.Port == port && Reaches(CanonicalHost.Unmap(address), endpoint.Address))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Reaches(IPAddress target, IPAddress bound)
    {
        var everywhere = bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any);
        if (!everywhere && !target.Equals(IPAddress.Any) && !target.Equals(IPAddress.IPv6Any))
        {
            return target.Equals(bound);
        }

        return IsThisMachine(target);
    }

    /// <summary>
    /// Asks the routing table, without sending anything: the source address for one of this machine's own addresses is that
    /// very address.
    /// </summary>
    public static bool IsThisMachine(IPAddress target)
    {
        if (IPAddress.IsLoopback(target) || target.Equals(IPAddress.Any) || target.Equals(IPAddress.IPv6Any))
        {
            return true;
        }

        using var probe = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            probe.Connect(target, 9);
            return probe.LocalEndPoint is IPEndPoint local && local.Address.Equals(target);
        }
        catch (SocketException)
        {
            // No route: it is not this machine, and the dial will say so.
            return false;
        }
    }
}
