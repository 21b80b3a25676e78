using System.Collections.Immutable;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Policies;

/// <summary>
/// What the environment changes of where the proxy stands. It holds until the process ends, for each policy that is read. Hashes stay those of the
/// plan: what is decided is the same.
/// </summary>
internal sealed class PlacementOverrides
{
    /// <summary>Keys that the original reads from the environment as well. They belong to the policy, which proxy.yaml alone has.</summary>
    private static readonly ImmutableArray<string> Decided =
    [
        "proxy.max_request_body_bytes", "proxy.max_response_body_bytes", "proxy.upstream_response_header_timeout", "tls.mode", "tls.cert_cache_size", "tls.leaf_cert_expiry_hours",
    ];

    private static readonly string DnsEnabled = PlacementVariable.NameOf("dns.enabled");

    private readonly ImmutableArray<(PlacementVariable Variable, string Value)> _set;

    private PlacementOverrides(ImmutableArray<(PlacementVariable Variable, string Value)> set) => _set = set;

    /// <summary>The names of the variables that are set.</summary>
    public IEnumerable<string> Names => _set.Select(s => s.Variable.Name);

    /// <summary>Reads the environment. A variable that is empty is as one that is not set.</summary>
    /// <exception cref="StartupException">A variable is set that changes nothing.</exception>
    public static PlacementOverrides Read(Func<string, string?> variable)
    {
        if (Decided.FirstOrDefault(key => IsSet(PlacementVariable.NameOf(key))) is { } decided)
        {
            throw new StartupException($"{PlacementVariable.NameOf(decided)} is set, and no variable changes {decided}: write it in proxy.yaml.");
        }

        if (IsSet(DnsEnabled))
        {
            throw new StartupException($"{DnsEnabled} is set and not read: {PlacementVariable.NameOf(ListenerRole.Dns.Key())}={PlacementVariable.Off} switches the DNS server off.");
        }

        return new PlacementOverrides([.. PlacementVariable.All.Where(v => IsSet(v.Name)).Select(v => (v, variable(v.Name)!))]); // It is set.

        bool IsSet(string name) => !string.IsNullOrEmpty(variable(name));
    }

    /// <summary>The plan as it stands on this machine.</summary>
    /// <exception cref="StartupException">A variable has a value that its key does not take, or the plan has no place for it; one clear sentence.</exception>
    public ProxyPlan Apply(ProxyPlan plan)
    {
        foreach (var (variable, value) in _set)
        {
            if (!variable.HasSection(plan))
            {
                throw new StartupException($"{variable.Name} is set, and the policy has no section {variable.Key.Split('.')[0]}.");
            }

            plan = variable.Apply(plan, value) ?? throw new StartupException($"{variable.Name} cannot be used: {variable.Key} takes {variable.Takes}.");
        }

        return _set.IsEmpty ? plan : Checked(plan);
    }

    /// <summary>What the compiler has checked of the plan, and the environment may have broken.</summary>
    private static ProxyPlan Checked(ProxyPlan plan)
    {
        if (plan.Dns is { Listen: not null, ProxyIp: null })
        {
            throw new StartupException($"The DNS server has no address to answer with: set {PlacementVariable.NameOf("dns.proxy_ip")}.");
        }

        var listeners = plan.AllListeners.Where(l => l.Address is not null).ToArray();
        foreach (var (i, one) in listeners.Index())
        {
            if (listeners[(i + 1)..].FirstOrDefault(other => one.Address!.Collides(other.Address!)) is { Address: { } address } other) // Those without one were left out.
            {
                throw new StartupException($"{one.Role.Key()} and {other.Role.Key()} both listen on {address} by now: give each its own port.");
            }
        }

        return plan.Dns is { ProxyIpv6: not null, ProxyIp: { } first } && AddressText.TryAddress(first)?.AddressFamily == AddressFamily.InterNetworkV6
            ? throw new StartupException("dns.proxy_ip and dns.proxy_ipv6 are both IPv6 addresses by now: one of them is to be IPv4, or left out.")
            : plan;
    }
}
