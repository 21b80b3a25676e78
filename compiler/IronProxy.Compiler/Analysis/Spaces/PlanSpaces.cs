using System.Net;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>Reads a plan's rules as spaces of requests.</summary>
public sealed class PlanSpaces(ProxyPlan plan)
{
    private readonly bool _tunnelsOnly = plan.Tls.Mode == TlsMode.SniOnly;

    /// <summary>
    /// The requests that every allowlist which denies lets through. Other steps are not considered: they can only deny more.
    /// </summary>
    public RequestSpace Reachable()
    {
        var allowlists = plan.Steps.OfType<AllowlistStepPlan>().ToArray();
        if (allowlists.Length == 0)
        {
            return RequestSpace.Nothing;
        }

        var allowed = new RequestSpace([.. allowlists.Where(a => !a.Warn).Select(a => new RequestSet([.. RulesOf(a.Rules).SelectMany(AsSeen)]))]);
        return PlanPolicy.Strangers(plan) ? allowed : allowed.And(RequestSpace.OfClients((plan.Clients ?? []).Select(c => c.Name)));
    }

    /// <summary>The reachable requests that one of some credentials, or what is made of it, may travel in.</summary>
    public RequestSpace Sendable(IEnumerable<CredentialUse> credentials) =>
        Reachable().And(RequestSpace.Of(credentials.SelectMany(Scope)));

    /// <summary>The requests that match a rule set; none without one.</summary>
    public RequestSpace Matching(int? set) => RequestSpace.Of(set is { } index ? RulesOf(index) : []);

    /// <summary>The requests that may go to an MCP server. Its policy holds for other spellings of its paths, too, so that paths are left out.</summary>
    public RequestSpace Near(McpServerPlan server) => RequestSpace.Of(RulesOf(server.Rules).Select(r => r with { When = r.When with { Paths = null } }));

    private IEnumerable<RequestRule> Scope(CredentialUse credential)
    {
        IEnumerable<RequestRule> rules = credential.Rules is { } set ? RulesOf(set) : [RequestRule.Everything];
        if (_tunnelsOnly)
        {
            // What TLS hides cannot be given a credential.
            return credential.AllowPlaintext ? Over("http", rules) : [];
        }

        return credential.AllowPlaintext ? rules : Over("https", rules);
    }

    private static IEnumerable<RequestRule> Over(string scheme, IEnumerable<RequestRule> rules) =>
        rules.Select(r => r.When.Over(scheme) is { } box ? r with { When = box } : null).OfType<RequestRule>();

    /// <summary>In sni-only mode nothing but the destination of an https request is seen, so a rule lets every request to it through.</summary>
    private IEnumerable<RequestRule> AsSeen(RequestRule rule) => _tunnelsOnly
        ? [.. Over("http", [rule]), rule with { When = new RequestBox { Ports = rule.When.Ports, Schemes = ["https"], Clients = rule.When.Clients } }]
        : [rule];

    private IEnumerable<RequestRule> RulesOf(int set) => plan.Matching.Rules[set].Items.Select(rule => new RequestRule(
        rule.Host is { } host ? HostPattern.Parse(plan.Matching.Hosts[host].Pattern) : null,
        rule.Cidr is { } cidr ? IPNetwork.Parse(plan.Matching.Cidrs[cidr]) : null,
        RequestBox.Of(plan.Matching.Conditions[rule.When])));
}
