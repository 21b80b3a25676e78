using IronProxy.Plan;

namespace IronProxy.Runtime.Policies;

/// <summary>
/// What of a plan says where the proxy stands, and not what it decides: sockets are bound and clients were counted by it, so that it holds until
/// the process ends. What stands in the files that it names is no part of it: those are read again.
/// </summary>
internal static class Placement
{
    private static readonly (string Name, Func<ProxyPlan, object?> Of)[] Parts =
    [
        ("dns.proxy_ip", static p => p.Dns?.ProxyIp),
        ("dns.proxy_ipv6", static p => p.Dns?.ProxyIpv6),
        ("dns.upstream_resolver", static p => p.Dns?.UpstreamResolver),
        ("proxy.tunnel_tls", static p => p.TunnelTls),
        ("tls.mode", static p => p.Tls.Mode),
        ("tls.ca_cert", static p => p.Tls.CaCert),
        ("tls.ca_key", static p => p.Tls.CaKey),
        ("limits", static p => p.Limits),
        ("log.level", static p => p.Log.Level),
        ("log.dns", static p => p.Log.Dns),
        ("log.format", static p => p.Log.Format),
        ("management.api_key_env", static p => p.Management?.ApiKeyEnv),
    ];

    /// <summary>The settings by which two plans differ in their placement, as proxy.yaml names them.</summary>
    public static IReadOnlyList<string> Difference(ProxyPlan before, ProxyPlan after) =>
    [
        .. before.AllListeners.Zip(after.AllListeners).Where(l => l.First != l.Second).Select(l => l.First.Role.Key()),
        .. Parts.Where(p => !Equals(p.Of(before), p.Of(after))).Select(p => p.Name),
    ];
}
