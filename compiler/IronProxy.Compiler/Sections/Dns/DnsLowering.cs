using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Optimization;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Values;
using IronProxy.Compiler.Validation;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Dns;

/// <summary>Lowers the section dns.</summary>
internal static class DnsLowering
{
    /// <summary>The port of DNS.</summary>
    public const int DefaultPort = 53;

    public static DnsPlan? Lower(DnsConfig? config, ListenAddress? listen, LoweringContext context)
    {
        if (config is null)
        {
            return null;
        }

        return new DnsPlan
        {
            Listen = listen,
            ProxyIp = LowerAddress(config.ProxyIp),
            ProxyIpv6 = LowerAddress(config.ProxyIpv6),
            UpstreamResolver = config.UpstreamResolver is { } resolver
                ? ListenText.ParseServer(resolver, context.Repeated, DefaultPort, context.Repeated.ResolverInvalid).Checked()
                : null,
            Passthrough = LowerPassthrough(config, context),
            DenyUnlisted = config.DenyUnlisted is { Value: true } ? true : null,
            Records = [.. (config.Records?.Items ?? []).Select(r => LowerRecord(r, context))],
        };
    }

    private static string? LowerAddress(Located<string>? address) =>
        address is { } text ? CanonicalHost.Unmap(AddressText.TryAddress(text.Value).Checked()).ToString() : null;

    private static int? LowerPassthrough(DnsConfig config, LoweringContext context)
    {
        var rules = new List<RuleDraft>();
        RuleLowering.AddHosts(rules, config.Passthrough, context);
        return rules.Count == 0 ? null : context.Tables.AddRuleSet(rules);
    }

    private static DnsRecordPlan LowerRecord(DnsRecordConfig record, LoweringContext context)
    {
        var type = record.Type.Checked().Value;
        var value = record.Value.Checked();
        return new DnsRecordPlan(
            HostText.ParseName(record.Name.Checked(), context.Repeated).Checked(),
            type,
            type == DnsRecordConfig.Cname ? HostText.ParseName(value, context.Repeated).Checked() : value.Value);
    }
}
