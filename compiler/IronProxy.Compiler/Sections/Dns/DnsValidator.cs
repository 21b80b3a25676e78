using System.Net.Sockets;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Dns;

/// <summary>Checks the section dns.</summary>
internal static class DnsValidator
{
    public static void Validate(DnsConfig config, ValidationContext context)
    {
        var bag = context.Bag;
        if (config.Enabled is { Value: false } || config.Listen is { Value: "" })
        {
            // Records and resolver still serve the proxy's own lookups.
            if (config.Passthrough is not null)
            {
                bag.DnsKeyWithoutServer(config.KeySpan("passthrough"), "passthrough");
            }

            if (config.DenyUnlisted is { Value: true })
            {
                bag.DnsKeyWithoutServer(config.KeySpan("deny_unlisted"), "deny_unlisted");
            }
        }
        else if (!config.Has("proxy_ip") && !context.Structure.IsBroken(config))
        {
            bag.ProxyIpMissing(config.Span);
        }

        if (config.ProxyIp is { } ip && AddressText.TryAddress(ip.Value) is null)
        {
            bag.ProxyIpInvalid(ip.Span);
        }

        if (config.ProxyIpv6 is { } second)
        {
            ValidateProxyIpv6(second, config, bag);
        }

        if (config.UpstreamResolver is { } resolver)
        {
            ListenText.ParseServer(resolver, bag, DnsLowering.DefaultPort, bag.ResolverInvalid);
        }

        foreach (var pattern in config.Passthrough?.Items ?? [])
        {
            if (HostText.ParsePattern(pattern, bag) == "*")
            {
                bag.PassthroughEverything(pattern.Span);
            }
        }

        ValidateRecords(config, context);
    }

    /// <summary>An address of the family that proxy_ip does not have, or one of two addresses would be left without a question that asks for it.</summary>
    private static void ValidateProxyIpv6(Located<string> address, DnsConfig config, DiagnosticBag bag)
    {
        if (AddressText.TryAddress(address.Value) is not { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
        {
            bag.ProxyIpv6Invalid(address.Span);
        }
        else if (config.ProxyIp is { } first && AddressText.TryAddress(first.Value) is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
        {
            bag.ProxyIpv6Twice(address.Span, first.Span.Line);
        }
    }

    private static void ValidateRecords(DnsConfig config, ValidationContext context)
    {
        var bag = context.Bag;
        var seen = new Dictionary<(string Name, string Type), int>();
        foreach (var record in config.Records?.Items ?? [])
        {
            var name = record.Name is { } n ? HostText.ParseName(n, bag) : null;
            var type = record.Type?.Value;
            if (record.Value is { } value)
            {
                if (type == DnsRecordConfig.A && AddressText.TryAddress(value.Value)?.AddressFamily != AddressFamily.InterNetwork)
                {
                    bag.AddressNotIPv4(value.Span, "the value of an A record");
                }
                else if (type == DnsRecordConfig.Cname)
                {
                    HostText.ParseName(value, bag);
                }
            }

            if (name is null || type is not (DnsRecordConfig.A or DnsRecordConfig.Cname))
            {
                continue;
            }

            if (!seen.TryAdd((name, type), record.Span.Line))
            {
                bag.RecordRepeated(record.Name!.Value.Span, name, type, seen[(name, type)]); // It was parsed above.
            }

            var other = type == DnsRecordConfig.A ? DnsRecordConfig.Cname : DnsRecordConfig.A;
            if (seen.TryGetValue((name, other), out var line))
            {
                bag.RecordBesideCname(record.Name!.Value.Span, name, line); // It was parsed above.
            }
        }
    }
}
