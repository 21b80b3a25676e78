using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Spaces.Hosts;

/// <summary>
/// IPv6 addresses that show every way in which an address can match some networks and written-out addresses and not others:
/// the first address behind each border. Wildcards over the text of addresses are not followed but named.
/// </summary>
internal static class IPv6Hosts
{
    private const int Bits = 128;

    /// <summary>RFC 4291, 2.5.5.2: these become IPv4 addresses before policy sees them.</summary>
    private static readonly IPNetwork Mapped = IPNetwork.Parse("::ffff:0:0/96");

    /// <summary>Finds the addresses.</summary>
    public static IEnumerable<CanonicalHost> Find(IReadOnlyCollection<HostPattern> patterns, IEnumerable<IPNetwork> networks, Action<string> undecided)
    {
        foreach (var pattern in patterns.Where(MayMatchText))
        {
            undecided($"hosts that are IPv6 addresses whose text matches {pattern.Text}");
        }

        var written = patterns.Where(p => p.Kind == HostPatternKind.Exact && p.Name.Contains(':', StringComparison.Ordinal))
            .Select(p => new IPNetwork(IPAddress.Parse(p.Name), Bits));
        var starts = new SortedSet<UInt128> { 0 };
        foreach (var network in networks.Where(n => n.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6).Concat(written).Append(Mapped))
        {
            var (first, last) = Addresses.Range(network);
            starts.Add(first);
            if (last != UInt128.MaxValue)
            {
                starts.Add(last + 1);
            }
        }

        return starts.Select(s => Addresses.Address(s, Bits)).Where(a => !a.IsIPv4MappedToIPv6).Select(CanonicalHost.FromAddress);
    }

    /// <summary>
    /// Whether a wildcard could stand for colons, or a suffix for the dotted end that some IPv6 addresses have. It may say
    /// yes too often.
    /// </summary>
    private static bool MayMatchText(HostPattern pattern)
    {
        if (pattern.Kind is HostPatternKind.Any or HostPatternKind.Exact)
        {
            return false;
        }

        var labels = pattern.Name.Split('.');
        var octets = labels.AsSpan(labels.Length == 1 ? 1 : Math.Max(labels.Length - 3, 0));
        foreach (var label in octets)
        {
            if (!MayBeOctet(label))
            {
                return false;
            }
        }

        return labels.Length switch
        {
            1 => MayHaveColons(labels[0]) || (pattern.Deep && MayBeOctet(labels[0])),
            2 or 3 => pattern.Deep,
            4 => MayHaveColons(labels[0]),
            _ => false,
        };
    }

    private static bool MayBeOctet(string label)
    {
        var parsed = HostPattern.Parse(label);
        return Enumerable.Range(0, 256).Any(o => parsed.Matches($"{o}"));
    }

    private static bool MayHaveColons(string label) =>
        label.AsSpan().ContainsAny('*', '?') && label.All(c => char.IsAsciiHexDigitLower(c) || c is '*' or '?');
}
