using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Sections.Dns;
using IronProxy.Compiler.Sections.Limits;
using IronProxy.Compiler.Sections.Listeners;
using IronProxy.Compiler.Sections.Management;
using IronProxy.Compiler.Sections.Mcp;
using IronProxy.Compiler.Sections.Proxy;
using IronProxy.Compiler.Sections.Tls;
using IronProxy.Compiler.Transforms;
using IronProxy.Plan;

namespace IronProxy.Compiler.Validation;

/// <summary>Checks a whole file, section by section.</summary>
internal static class FileValidator
{
    public static void Validate(ProxyFileConfig file, ValidationContext context)
    {
        context.Clients = ClientsOf(file, context);
        if (file.Dns is { } dns)
        {
            DnsValidator.Validate(dns, context);
        }

        if (file.Proxy is { } proxy)
        {
            ProxyValidator.Validate(proxy, context);
        }

        LimitsValidator.Validate(file.Limits, file.Proxy, context);
        if (file.Tls is not null || (!file.Has("tls") && !context.Structure.IsBroken(file)))
        {
            TlsValidator.Validate(file.Tls, file.Span, context);
        }

        ListenersValidator.Validate(file, context);
        ValidateTransforms(file, context);
        if (file.Mcp is { } mcp)
        {
            McpValidator.Validate(mcp, context);
        }

        if (file.Management is { } management)
        {
            ManagementValidator.Validate(management, context);
        }
    }

    /// <summary>The names of the clients; null when not all of them can be read.</summary>
    private static HashSet<string>? ClientsOf(ProxyFileConfig file, ValidationContext context)
    {
        var clients = file.Proxy?.Clients?.Items ?? [];
        var understood = (file.Proxy is not null || !file.Has("proxy"))
            && (file.Proxy?.Clients is not null || file.Proxy?.Has("clients") != true)
            && clients.All(c => c.Name is not null && !context.Structure.IsBroken(c));
        return understood ? clients.Select(c => c.Name!.Value.Value).ToHashSet(StringComparer.Ordinal) : null;
    }

    private static void ValidateTransforms(ProxyFileConfig file, ValidationContext context)
    {
        foreach (var transform in file.Transforms?.Items ?? [])
        {
            Validate(transform, context);
        }

        // A transform that could not be read may have been meant as the allowlist.
        var understood = file.Transforms?.Items.All(t => t.Name is { } name && TransformRegistry.Find(name.Value) is not null) ?? !file.Has("transforms");
        var allowlist = file.Transforms?.Items.Any(t => t.Name?.Value == AllowlistStepPlan.TypeName) ?? false;
        if (understood && !allowlist && !context.Structure.IsBroken(file))
        {
            context.Bag.NothingAllowed(file.KeySpan("transforms"));
        }
    }

    private static void Validate(TransformConfig transform, ValidationContext context)
    {
        if (transform.Name is not { } name)
        {
            return;
        }

        if (TransformRegistry.Find(name.Value) is { } kind)
        {
            if (!transform.Has("config") && kind.Required is { Length: > 0 } required)
            {
                context.Bag.SettingsMissing(name.Span, required);
                return;
            }

            kind.Validate(transform.EffectiveConfig, context);
        }
        else
        {
            context.Bag.UnknownTransform(name.Span, name.Value, [.. TransformRegistry.All.Select(t => t.Name)]);
        }
    }
}
