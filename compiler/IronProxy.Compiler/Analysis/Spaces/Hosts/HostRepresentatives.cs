using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Hosts;

/// <summary>Finitely many hosts that stand for all: whatever patterns a host matches, one of these matches the same.</summary>
internal static class HostRepresentatives
{
    /// <summary>Finds the hosts: names, then IPv4 addresses, then IPv6 addresses.</summary>
    /// <param name="index">The patterns and networks.</param>
    /// <param name="undecided">Told in words which hosts could not be decided.</param>
    public static IEnumerable<CanonicalHost> Find(HostPatternIndex index, Action<string> undecided) =>
    [
        .. HostNames.Find(index.Patterns, undecided),
        .. IPv4Hosts.Find(index.Patterns, index.Networks),
        .. IPv6Hosts.Find(index.Patterns, index.Networks, undecided),
    ];
}
