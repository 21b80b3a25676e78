using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Optimization;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Proxy;

/// <summary>Lowers upstream_proxy.</summary>
internal static class UpstreamProxyLowering
{
    public static UpstreamProxyPlan? Lower(UpstreamProxyConfig? config, LoweringContext context) => config is null ? null : new UpstreamProxyPlan
    {
        HttpProxy = config.HttpProxy is { } http ? UrlText.ParseProxy(http, context.Repeated).Checked() : null,
        HttpsProxy = config.HttpsProxy is { } https ? UrlText.ParseProxy(https, context.Repeated).Checked() : null,
        NoProxy = config.NoProxy is { } hosts ? LowerHosts(hosts, context) : null,
        Username = config.Username?.Value,
        Password = SourceLowering.Lower("password", config.Password, context),
        FromEnvironment = config.FromEnvironment is { Value: true } ? true : null,
    };

    private static int? LowerHosts(Located<string> hosts, LoweringContext context)
    {
        var rules = NoProxyText.Parse(hosts, context.Repeated)
            .Select(e => new RuleDraft(e.Host, e.Cidr, MatchTablesBuilder.NoCondition, hosts.At))
            .ToList();
        return rules.Count == 0 ? null : context.Tables.AddRuleSet(rules);
    }
}
