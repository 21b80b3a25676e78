using System.Net;
using System.Net.Sockets;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>Addresses that are set aside for documentation (RFC 5737, RFC 3849): whoever answers there sits on the way.</summary>
internal static class NobodysAddress
{
    private static readonly IPAddress IPv4 = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress IPv6 = IPAddress.Parse("2001:db8:ffff::1");

    public static IPEndPoint Of(AddressFamily family, int port) => new(family == AddressFamily.InterNetwork ? IPv4 : IPv6, port);
}
