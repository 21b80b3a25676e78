using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Sections.Proxy;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Limits;

/// <summary>Checks the section limits, and that its defaults fit the rest of the file.</summary>
internal static class LimitsValidator
{
    /// <param name="config">The section, or null.</param>
    /// <param name="proxy">The section proxy, which says how large one body may be.</param>
    /// <param name="context">Where findings go.</param>
    public static void Validate(LimitsConfig? config, ProxyConfig? proxy, ValidationContext context)
    {
        var buffered = config?.BufferedBodyBytes?.Value ?? LimitsPlan.DefaultBufferedBodyBytes;
        var body = proxy?.MaxRequestBodyBytes?.Value ?? ProxyLowering.DefaultMaxRequestBytes;
        if (buffered < body
            && !context.Structure.IsBroken(config, "buffered_body_bytes") && !context.Structure.IsBroken(proxy, "max_request_body_bytes")
            && (config?.BufferedBodyBytes ?? proxy?.MaxRequestBodyBytes) is { } value)
        {
            context.Bag.BufferSmallerThanBody(value.Span, buffered, body);
        }

        if (config is null)
        {
            return;
        }

        Compare(config, "client_connections_per_address", config.ClientConnectionsPerAddress, "client_connections", config.ClientConnections?.Value, context);
        Compare(config, "requests_per_address", config.RequestsPerAddress, "requests", config.Requests?.Value ?? LimitsPlan.DefaultRequests, context);
        foreach (var written in new[] { config.IdleTimeout, config.TunnelIdleTimeout })
        {
            if (written is { } timeout)
            {
                DurationText.ParsePositiveMilliseconds(timeout, context.Bag);
            }
        }
    }

    private static void Compare(LimitsConfig config, string key, Located<long>? perAddress, string total, long? of, ValidationContext context)
    {
        if (perAddress is { } limit && limit.Value > of && !context.Structure.IsBroken(config, key) && !context.Structure.IsBroken(config, total))
        {
            context.Bag.LimitUnused(limit.Span, key, limit.Value, total, of.Value);
        }
    }
}
