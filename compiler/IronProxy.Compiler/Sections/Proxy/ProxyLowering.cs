using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>Lowers the section proxy, but for its listeners.</summary>
internal static class ProxyLowering
{
    public const long DefaultMaxRequestBytes = 1048576;

    private const long DefaultTimeoutMs = 30_000;

    public static UpstreamPlan LowerUpstream(ProxyConfig? config, LoweringContext context) => new()
    {
        DenyCidrs = config?.UpstreamDenyCidrs is { } networks
            ? [.. networks.Items.SelectMany(n => DefaultDenyList.IsMeant(n) ? DefaultDenyList.Networks : [NetworkText.Parse(n, context.Repeated).Checked()]).Distinct(StringComparer.Ordinal)]
            : DefaultDenyList.Networks,
        ResponseHeaderTimeoutMs = config?.UpstreamResponseHeaderTimeout is { } timeout
            ? DurationText.ParsePositiveMilliseconds(timeout, context.Repeated).Checked()
            : DefaultTimeoutMs,
        Proxy = UpstreamProxyLowering.Lower(config?.UpstreamProxy, context),
        Cas = config?.UpstreamCa is { Items: { Count: > 0 } paths } ? [.. paths.Select(p => new UpstreamCaPlan(p.Value, p.At))] : null,
    };

    public static TunnelTlsPlan? LowerTunnelTls(TunnelTlsConfig? config) => config is null ? null : new TunnelTlsPlan
    {
        Cert = config.Cert.Checked().Value,
        Key = config.Key.Checked().Value,
        ClientCa = config.ClientCa?.Value,
    };

    public static BodyLimitsPlan LowerBodyLimits(ProxyConfig? config) => new()
    {
        MaxRequestBytes = config?.MaxRequestBodyBytes?.Value ?? DefaultMaxRequestBytes,
        MaxResponseBytes = config?.MaxResponseBodyBytes?.Value ?? 0,
    };
}
