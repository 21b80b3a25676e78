using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Listeners;

/// <summary>The address that a client dialled, where rules of the machine led its connection to the proxy: REDIRECT or TPROXY.</summary>
internal static class OriginalDestination
{
    // linux/netfilter_ipv4.h, SO_ORIGINAL_DST, and linux/netfilter_ipv6/ip6_tables.h, IP6T_SO_ORIGINAL_DST: an address as connect(2) takes it.
    private const int SolIp = 0;
    private const int SolIPv6 = 41;
    private const int OriginalDst = 80;
    private const int IPv4Size = 16;
    private const int IPv6Size = 28;

    /// <summary>Finds it.</summary>
    /// <returns>Null when the client dialled this machine itself, or is gone.</returns>
    public static IPEndPoint? Find(Socket socket)
    {
        try
        {
            // With TPROXY the connection itself has the address. With REDIRECT it has one of this machine, and the system remembers the other. It is asked for
            // that only then: a question that fails makes the framework take the connection for one that is gone.
            var local = (IPEndPoint)socket.LocalEndPoint!; // It is connected.
            var address = CanonicalHost.Unmap(local.Address);
            if (!OwnListeners.IsThisMachine(address))
            {
                return new IPEndPoint(address, local.Port);
            }

            return FindRedirected(socket, address.AddressFamily) is { } dialled && !OwnListeners.IsThisMachine(dialled.Address) ? dialled : null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static IPEndPoint? FindRedirected(Socket socket, AddressFamily family)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> address = stackalloc byte[family == AddressFamily.InterNetwork ? IPv4Size : IPv6Size];
        try
        {
            if (socket.GetRawSocketOption(family == AddressFamily.InterNetwork ? SolIp : SolIPv6, OriginalDst, address) != address.Length)
            {
                return null;
            }
        }
        catch (SocketException)
        {
            return null; // The system follows no connections, or this one was not redirected.
        }

        // Family and port, then the address; with IPv6 the flow is between them.
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return new IPEndPoint(new IPAddress(family == AddressFamily.InterNetwork ? address.Slice(4, 4) : address.Slice(8, 16)), port);
    }
}
