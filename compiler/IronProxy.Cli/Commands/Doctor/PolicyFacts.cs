using System.Collections.Immutable;
using System.Net;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>What doctor wants to know of a plan.</summary>
internal sealed record PolicyFacts
{
    private const int MaxHosts = 5;

    /// <summary>The policy, to ask about hosts.</summary>
    public required PlanPolicy Policy { get; init; }

    /// <summary>A few hosts with full names that requests to port 443 may go to.</summary>
    public required ImmutableArray<string> AllowedHosts { get; init; }

    /// <summary>Variables of the proxy that hold secrets, each with the placeholders that the workload may hold instead.</summary>
    public required ImmutableDictionary<string, ImmutableArray<string>> SecretVariables { get; init; }

    /// <summary>Files that only the proxy may read: secrets and the CA's key.</summary>
    public required ImmutableArray<string> SecretFiles { get; init; }

    /// <summary>Ports of the metrics and management listeners, by name.</summary>
    public required ImmutableArray<(string Name, int Port)> AdminPorts { get; init; }

    /// <summary>Ports that workloads are meant to use.</summary>
    public IEnumerable<int> WorkloadPorts =>
        Policy.Plan.AllListeners.Where(l => l.Role.IsForWorkloads()).Select(l => l.Address).OfType<ListenAddress>().Select(a => a.Port);

    /// <summary>The tunnel listener's, if it listens where workloads could be.</summary>
    public int? TunnelPort => Policy.Plan.Listeners.Tunnel is { Port: > 0 } tunnel ? tunnel.Port : null;

    /// <summary>Where names lead.</summary>
    public ImmutableArray<IPAddress> ProxyAddresses =>
        [.. new[] { Policy.Plan.Dns?.ProxyIp, Policy.Plan.Dns?.ProxyIpv6 }.OfType<string>().Select(IPAddress.Parse)];

    public static PolicyFacts Of(PlanPolicy policy)
    {
        var plan = policy.Plan;
        return new PolicyFacts
        {
            Policy = policy,
            AllowedHosts = [.. plan.Matching.Hosts.Select(h => h.Pattern).Where(p => Allows(policy, p)).Take(MaxHosts)],
            SecretVariables = plan.Variables.Where(v => v.IsSecret)
                .GroupBy(v => v.Name, v => v.Placeholder, StringComparer.Ordinal)
                .ToImmutableDictionary(g => g.Key, g => g.OfType<string>().ToImmutableArray(), StringComparer.Ordinal),
            SecretFiles = [.. plan.Files.Where(f => f.IsSecret).Select(f => f.Path).Distinct(StringComparer.Ordinal)],
            AdminPorts = [.. plan.AllListeners.Where(l => !l.Role.IsForWorkloads() && l.Address is { Port: > 0 }).Select(l => (l.Role.Name(), l.Address!.Port))], // Those that are off were left out.
        };
    }

    /// <summary>Whether the proxy terminates TLS to a host, and does not pass it on unread.</summary>
    public bool OpensTls(string name) => CanonicalHost.TryCreate(name, bracketed: false, out var host) is null && !Policy.PassesThrough(host, 443, client: null);

    /// <summary>Whether the proxy's DNS server asks others about a name.</summary>
    public bool PassesThrough(string name) =>
        Policy.Plan.Dns?.Passthrough is { } rules
        && CanonicalHost.TryCreate(name, bracketed: false, out var host) is null
        && Policy.Matcher.NamesHost(rules, Policy.Matcher.FindHost(host));

    private static bool Allows(PlanPolicy policy, string name) =>
        !name.Contains('*', StringComparison.Ordinal) && !name.Contains('?', StringComparison.Ordinal)
        && CanonicalHost.TryCreate(name, bracketed: false, out var host) is null
        && policy.DecideAllowlists(policy.Matcher.FindHost(host), CanonicalRequest.Destination(host, 443, client: null), out _) is { Allowed: true, Rule: not null };
}
