using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Spaces.Hosts;

/// <summary>
/// IPv4 addresses that show every way in which an address can match some host patterns and networks and not others. Seen
/// octet by octet, a network and a pattern over the text are the same: four sets of octets.
/// </summary>
internal sealed class IPv4Hosts
{
    private const int Octets = 4;
    private const int MaxStates = 2_000_000;

    private static readonly string[] Texts = [.. Enumerable.Range(0, 256).Select(o => o.ToString(CultureInfo.InvariantCulture))];
    private static readonly int[] Any = [.. Enumerable.Range(0, 256)];

    private readonly List<int[][]> _items = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<CanonicalHost> _found = [];

    /// <summary>Finds the addresses.</summary>
    public static IReadOnlyList<CanonicalHost> Find(IEnumerable<HostPattern> patterns, IEnumerable<IPNetwork> networks)
    {
        var hosts = new IPv4Hosts();
        hosts._items.AddRange(patterns.Select(Sets).Concat(networks.Select(Sets)).OfType<int[][]>());
        hosts.Explore([.. Enumerable.Range(0, hosts._items.Count)], new byte[Octets], 0);
        return hosts._found;
    }

    private void Explore(int[] alive, byte[] address, int octet)
    {
        // Which address led here does not matter for what can follow.
        if (!_known.Add($"{octet}|{string.Join(',', alive)}"))
        {
            return;
        }

        if (_known.Count > MaxStates)
        {
            throw new AnalysisLimitException("the host patterns and networks combine in too many ways to compare them");
        }

        if (octet == Octets)
        {
            _found.Add(CanonicalHost.FromAddress(new IPAddress(address)));
            return;
        }

        var members = new List<int>[256];
        for (var value = 0; value < members.Length; value++)
        {
            members[value] = [];
        }

        foreach (var item in alive)
        {
            foreach (var value in _items[item][octet])
            {
                members[value].Add(item);
            }
        }

        for (var value = 0; value < members.Length; value++)
        {
            address[octet] = (byte)value;
            Explore([.. members[value]], address, octet + 1);
        }
    }

    private static int[][]? Sets(IPNetwork network)
    {
        if (network.BaseAddress.AddressFamily != AddressFamily.InterNetwork)
        {
            return null;
        }

        var bytes = network.BaseAddress.GetAddressBytes();
        return [.. bytes.Select((b, i) =>
        {
            var free = 8 - Math.Clamp(network.PrefixLength - (i * 8), 0, 8);
            return free == 8 ? Any : Enumerable.Range(b, 1 << free).ToArray();
        })];
    }

    /// <summary>Null when the pattern matches no IPv4 address.</summary>
    private static int[][]? Sets(HostPattern pattern)
    {
        var labels = pattern.Kind == HostPatternKind.Any ? [] : pattern.Name.Split('.');
        if (labels.Length > Octets || (labels.Length < Octets && !pattern.Deep))
        {
            return null;
        }

        int[][] sets =
        [
            .. Enumerable.Repeat(Any, Octets - labels.Length),
            .. labels.Select(label => HostPattern.Parse(label)).Select(label => Any.Where(o => label.Matches(Texts[o])).ToArray()),
        ];
        return sets.Any(s => s.Length == 0) ? null : sets;
    }
}
