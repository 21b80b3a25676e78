using IronProxy.Compiler.Sections.Clients;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>Checks the section proxy, but for its listeners.</summary>
internal static class ProxyValidator
{
    public static void Validate(ProxyConfig config, ValidationContext context)
    {
        context.RequireValue(config, "clients", "everybody or nobody");
        context.RequireItems(config, "clients", "client");
        if (config.Clients is { } clients)
        {
            new ClientsValidator(config, context).Validate(clients);
        }

        if (config.TunnelTls is { } tls)
        {
            ValidateTunnelTls(config, tls, context);
        }

        if (config.UpstreamResponseHeaderTimeout is { } timeout)
        {
            DurationText.ParsePositiveMilliseconds(timeout, context.Bag);
        }

        if (config.UpstreamProxy is { } proxy)
        {
            UpstreamProxyValidator.Validate(proxy, context);
        }

        foreach (var network in (config.UpstreamDenyCidrs?.Items ?? []).Where(n => !DefaultDenyList.IsMeant(n)))
        {
            NetworkText.Parse(network, context.Bag);
        }

        foreach (var path in config.UpstreamCa?.Items ?? [])
        {
            context.RequireText(path, "the path");
        }
    }

    private static void ValidateTunnelTls(ProxyConfig config, TunnelTlsConfig tls, ValidationContext context)
    {
        if (config.TunnelListen is not { Value: not "" })
        {
            context.Bag.TunnelTlsWithoutListener(config.KeySpan("tunnel_tls"));
        }

        foreach (var path in new[] { tls.Cert, tls.Key, tls.ClientCa })
        {
            if (path is { } text)
            {
                context.RequireText(text, "the path");
            }
        }

        if (tls.Has("client_ca") && config.Clients?.Items.Any(c => c.Has("certificate")) != true)
        {
            context.Bag.ClientCaUnused(tls.KeySpan("client_ca"));
        }
    }
}
