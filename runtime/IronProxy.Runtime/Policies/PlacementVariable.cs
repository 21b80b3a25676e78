using System.Collections.Immutable;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Policies;

/// <summary>An environment variable that changes where the proxy stands, in the place of a key of proxy.yaml. What is decided no variable changes.</summary>
/// <param name="Key">The key.</param>
/// <param name="Takes">What it takes, for people.</param>
/// <param name="Apply">Changes a plan; null when the value is none of what it takes.</param>
public sealed record PlacementVariable(string Key, string Takes, Func<ProxyPlan, string, ProxyPlan?> Apply)
{
    /// <summary>What switches a listener off.</summary>
    public const string Off = "off";

    private const string Address = "an address with a port, such as :443 or 127.0.0.1:8080, or off";
    private const int DnsPort = 53;

    /// <summary>All of them, in the order of proxy.yaml.</summary>
    public static ImmutableArray<PlacementVariable> All { get; } =
    [
        Listener(ListenerRole.Dns, static (plan, address) => plan with { Dns = plan.Dns! with { Listen = address } }) with { HasSection = HasDns },
        new("dns.proxy_ip", "an IPv4 or IPv6 address", static (plan, value) => AddressText.TryAddress(value) is { } address
            ? plan with { Dns = plan.Dns! with { ProxyIp = CanonicalHost.Unmap(address).ToString() } }
            : null) { HasSection = HasDns },
        new("dns.proxy_ipv6", "an IPv6 address", static (plan, value) => AddressText.TryAddress(value) is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } address
            ? plan with { Dns = plan.Dns! with { ProxyIpv6 = address.ToString() } }
            : null) { HasSection = HasDns },
        new("dns.upstream_resolver", "an address, such as 8.8.8.8 or 8.8.8.8:53", static (plan, value) =>
            AddressText.TryRead(value, DnsPort, out var server, out _) is null && server is { Address: not null, Port: not 0 }
                ? plan with { Dns = plan.Dns! with { UpstreamResolver = server } }
                : null) { HasSection = HasDns },
        Listener(ListenerRole.Http, static (plan, address) => plan with { Listeners = plan.Listeners with { Http = address } }),
        Listener(ListenerRole.Https, static (plan, address) => plan with { Listeners = plan.Listeners with { Https = address } }),
        Listener(ListenerRole.Tunnel, static (plan, address) => plan with { Listeners = plan.Listeners with { Tunnel = address } }),
        new("tls.ca_cert", "the path of a certificate", static (plan, value) => plan.Tls.Mode == TlsMode.SniOnly ? plan : plan with { Tls = plan.Tls with { CaCert = value } }),
        new("tls.ca_key", "the path of a private key", static (plan, value) => plan.Tls.Mode == TlsMode.SniOnly ? plan : plan with { Tls = plan.Tls with { CaKey = value } }),
        Listener(ListenerRole.Management, static (plan, address) => plan with { Management = address is null ? null : plan.Management! with { Listen = address } })
            with { HasSection = static plan => plan.Management is not null },
        Listener(ListenerRole.Metrics, static (plan, address) => plan with { Listeners = plan.Listeners with { Metrics = address } }),
        new("log.level", "debug, info, warn or error", static (plan, value) => value is "debug" or "info" or "warn" or "error" ? plan with { Log = plan.Log with { Level = value } } : null),
        new("log.dns", "none, denied or all", static (plan, value) => value switch
        {
            "none" => plan with { Log = plan.Log with { Dns = null } },
            LogPlan.DeniedQuestions or LogPlan.AllQuestions => plan with { Log = plan.Log with { Dns = value } },
            _ => null,
        }),
        new("log.format", "json or text", static (plan, value) => value switch
        {
            "json" => plan with { Log = plan.Log with { Format = null } },
            LogPlan.TextFormat => plan with { Log = plan.Log with { Format = value } },
            _ => null,
        }),
    ];

    /// <summary>The name of the variable.</summary>
    public string Name => NameOf(Key);

    /// <summary>Whether a plan has the section that the key is in; those of other keys it always has.</summary>
    public Func<ProxyPlan, bool> HasSection { get; init; } = static _ => true;

    /// <summary>The name of the variable of a key.</summary>
    public static string NameOf(string key) => "IRON_" + key.Replace('.', '_').ToUpperInvariant();

    private static bool HasDns(ProxyPlan plan) => plan.Dns is not null;

    private static PlacementVariable Listener(ListenerRole role, Func<ProxyPlan, ListenAddress?, ProxyPlan> place) => new(role.Key(), Address, (plan, value) =>
        value == Off ? place(plan, null)
        : AddressText.TryRead(value, defaultPort: null, out var address, out _) is null ? place(plan, address)
        : null);
}
