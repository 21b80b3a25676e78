using System.Net.Sockets;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Lets a listener take connections to addresses that this machine does not have, as TPROXY rules hand them over; the address that
/// was dialled stays the connection's own (ip(7), IP_TRANSPARENT; linux/in6.h, IPV6_TRANSPARENT).
/// </summary>
internal static class TransparentSocket
{
    // Options that the framework has no name for.
    private const int SolIp = 0;
    private const int IpTransparent = 19;
    private const int SolIPv6 = 41;
    private const int IPv6Transparent = 75;

    /// <exception cref="StartupException">The system does not allow it.</exception>
    public static void Set(Socket socket, string key)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new StartupException("-transparent is for Linux.");
        }

        try
        {
            // One for both families: a socket of IPv6 that also serves IPv4 has a single flag.
            var (level, name) = socket.AddressFamily == AddressFamily.InterNetworkV6 ? (SolIPv6, IPv6Transparent) : (SolIp, IpTransparent);
            socket.SetRawSocketOption(level, name, BitConverter.GetBytes(1));
        }
        catch (SocketException e)
        {
            throw new StartupException($"{key} cannot take connections to the addresses of others: -transparent needs CAP_NET_RAW or CAP_NET_ADMIN.", e);
        }
    }
}
