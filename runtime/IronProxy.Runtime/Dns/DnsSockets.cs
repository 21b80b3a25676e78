using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// The UDP and TCP sockets of the DNS server, bound to one address and port. For all addresses of the machine there is one UDP socket
/// more for each of them: an answer must come from the address that was asked, and the system chooses another one when a query was
/// redirected (nftables, iptables) or the machine has several.
/// </summary>
internal sealed class DnsSockets : IDisposable
{
    private const int Backlog = 128;

    /// <summary>How often a free port is asked for: the one that UDP gets may be taken for TCP.</summary>
    private const int MaxPortAttempts = 16;

    /// <summary>Machines with more addresses answer queries to the others as the system chooses.</summary>
    private const int MaxAddresses = 64;

    // Options that the framework has no name for: socket(7). Only processes of one user can share a port with it.
    private const int SolSocket = 1;
    private const int SoReusePort = 15;

    private DnsSockets(ImmutableArray<Socket> udp, Socket tcp)
    {
        Udp = udp;
        Tcp = tcp;
    }

    /// <summary>The first is bound to what was asked for.</summary>
    public ImmutableArray<Socket> Udp { get; }

    public Socket Tcp { get; }

    public IPEndPoint Endpoint => (IPEndPoint)Udp[0].LocalEndPoint!; // Both are bound.

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
                throw BindFailure.Describe(ListenerRole.Dns.Key(), listen, failure);
            }
        }
    }

    public void Dispose()
    {
        foreach (var socket in Udp)
        {
            socket.Dispose();
        }

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

            var everywhere = endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any);
            if (everywhere)
            {
                SharePort(udp);
            }

            udp.Bind(endpoint);
            var port = ((IPEndPoint)udp.LocalEndPoint!).Port; // Bound above.
            tcp.Bind(new IPEndPoint(endpoint.Address, port));
            tcp.Listen(Backlog);
            return new DnsSockets(everywhere ? [udp, .. BindEach(port, ipv6: dualMode)] : [udp], tcp);
        }
        catch
        {
            udp.Dispose();
            tcp.Dispose();
            throw;
        }
    }

    /// <summary>A socket for each address that the machine has now. Those that cannot be bound are served by the first socket.</summary>
    private static IEnumerable<Socket> BindEach(int port, bool ipv6)
    {
        foreach (var address in LocalAddresses().Where(a => ipv6 || a.AddressFamily == AddressFamily.InterNetwork).Take(MaxAddresses))
        {
            var udp = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                SharePort(udp);
                udp.Bind(new IPEndPoint(address, port));
            }
            catch (SocketException)
            {
                // Tentative, of another family, or gone in this moment.
                udp.Dispose();
                continue;
            }

            yield return udp;
        }
    }

    /// <summary>Loopback first: it is where redirected queries of the machine itself arrive.</summary>
    private static IEnumerable<IPAddress> LocalAddresses() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(i => i.GetIPProperties().UnicastAddresses.Select(a => a.Address))
        .OrderByDescending(IPAddress.IsLoopback)
        .Distinct();

    private static void SharePort(Socket socket)
    {
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(SolSocket, SoReusePort, BitConverter.GetBytes(1));
        }
    }
}
