using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Listeners;

namespace IronProxy.Runtime.Dns;

/// <summary>The UDP and the TCP socket of the DNS server, bound to one address and port.</summary>
internal sealed class DnsSockets : IDisposable
{
    private const int Backlog = 128;

    /// <summary>How often a free port is asked for: the one that UDP gets may be taken for TCP.</summary>
    private const int MaxPortAttempts = 16;

    private DnsSockets(Socket udp, Socket tcp)
    {
        Udp = udp;
        Tcp = tcp;
    }

    public Socket Udp { get; }

    public Socket Tcp { get; }

    public IPEndPoint Endpoint => (IPEndPoint)Udp.LocalEndPoint!; // Both are bound.

    /// <exception cref="StartupException">The address cannot be bound.</exception>
    public static DnsSockets Bind(ListenAddress listen)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return BindOnce(listen);
            }
            catch (SocketException failure) when (listen.Port == 0 && attempt < MaxPortAttempts && failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another free port is tried.
            }
            catch (SocketException failure)
            {
                throw BindFailure.Describe("dns.listen", listen, failure);
            }
        }
    }

    public void Dispose()
    {
        Udp.Dispose();
        Tcp.Dispose();
    }

    private static DnsSockets BindOnce(ListenAddress listen)
    {
        if (listen.Address is not null)
        {
            return IPAddress.TryParse(listen.Address, out var address)
                ? BindTo(new IPEndPoint(address, listen.Port), dualMode: false)
                : throw new PlanException($"The plan's DNS address {listen} is not an IP address.");
        }

        if (Socket.OSSupportsIPv6)
        {
            try
            {
                return BindTo(new IPEndPoint(IPAddress.IPv6Any, listen.Port), dualMode: true);
            }
            catch (SocketException failure) when (failure.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
            {
                // IPv6 is compiled in but switched off: IPv4 alone is served.
            }
        }

        return BindTo(new IPEndPoint(IPAddress.Any, listen.Port), dualMode: false);
    }

    private static DnsSockets BindTo(IPEndPoint endpoint, bool dualMode)
    {
        var udp = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        var tcp = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                udp.DualMode = dualMode;
                tcp.DualMode = dualMode;
            }

            udp.Bind(endpoint);
            tcp.Bind(new IPEndPoint(endpoint.Address, ((IPEndPoint)udp.LocalEndPoint!).Port)); // Bound above.
            tcp.Listen(Backlog);
            return new DnsSockets(udp, tcp);
        }
        catch
        {
            udp.Dispose();
            tcp.Dispose();
            throw;
        }
    }
}
