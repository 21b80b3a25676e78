using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>Checks upstream_proxy.</summary>
internal static class UpstreamProxyValidator
{
    public static void Validate(UpstreamProxyConfig config, ValidationContext context)
    {
        if (!config.Has("http_proxy") && !config.Has("https_proxy") && !context.Structure.IsBroken(config))
        {
            context.Bag.UpstreamProxyMissing(config.Span);
        }

        foreach (var url in new[] { config.HttpProxy, config.HttpsProxy })
        {
            if (url is { } text)
            {
                UrlText.ParseProxy(text, context.Bag);
            }
        }

        if (config.NoProxy is { } hosts)
        {
            NoProxyText.Parse(hosts, context.Bag);
        }
    }
}
