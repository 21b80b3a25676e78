using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>Where packets go first: the kernel's routes, as /proc/net shows them to everyone.</summary>
/// <param name="Hosts">Addresses that the machine below this one would have: gateways, and the first address of each network that this one is on.</param>
internal sealed record LocalRoutes(IReadOnlyList<IPAddress> Hosts)
{
    private const int MaxHosts = 4;

    public static LocalRoutes Read()
    {
        var own = OwnAddresses();
        return new LocalRoutes([.. ParseV4(Lines("/proc/net/route")).Concat(ParseV6(Lines("/proc/net/ipv6_route"))).Distinct().Where(a => !own.Contains(a)).Take(MaxHosts)]);
    }

    /// <summary>Columns: interface, destination, gateway, ..., and the mask as the eighth. Numbers are in the machine's byte order.</summary>
    public static IEnumerable<IPAddress> ParseV4(IEnumerable<string> lines)
    {
        foreach (var columns in lines.Skip(1).Select(l => l.Split('\t', StringSplitOptions.TrimEntries)).Where(c => c.Length > 7 && c[0] != "lo"))
        {
            var (destination, gateway, mask) = (Address(columns[1]), Address(columns[2]), Address(columns[7]));
            if (gateway != 0)
            {
                yield return V4(gateway);
            }
            else if (destination != 0 && mask < 0xFFFF_FFFE)
            {
                yield return V4(destination + 1);
            }
        }

        static uint Address(string hex) => BinaryPrimitives.ReverseEndianness(uint.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
    }

    /// <summary>Columns: destination, its length, source, its length, gateway, ..., and the interface as the last.</summary>
    public static IEnumerable<IPAddress> ParseV6(IEnumerable<string> lines)
    {
        foreach (var columns in lines.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(c => c.Length > 9 && c[^1] != "lo"))
        {
            var (destination, gateway) = (new IPAddress(Convert.FromHexString(columns[0])), new IPAddress(Convert.FromHexString(columns[4])));
            var length = int.Parse(columns[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

            // Link-local ones would need the interface's number as well; whoever has one has another, too.
            if (!gateway.Equals(IPAddress.IPv6Any) && !gateway.IsIPv6LinkLocal)
            {
                yield return gateway;
            }
            else if (length is > 0 and < 127 && !destination.IsIPv6LinkLocal && !destination.IsIPv6Multicast)
            {
                var first = destination.GetAddressBytes();
                first[15] |= 1;
                yield return new IPAddress(first);
            }
        }
    }

    private static IPAddress V4(uint address)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return new IPAddress(bytes);
    }

    private static HashSet<IPAddress> OwnAddresses()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)];
        }
        catch (NetworkInformationException)
        {
            return []; // Without netlink nobody can tell; then this machine is asked as well, which does no harm.
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // A kernel without this family.
        }
    }
}
