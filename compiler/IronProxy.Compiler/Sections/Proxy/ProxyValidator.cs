using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>Checks the section proxy, but for its listeners.</summary>
internal static class ProxyValidator
{
    public static void Validate(ProxyConfig config, ValidationContext context)
    {
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
}
