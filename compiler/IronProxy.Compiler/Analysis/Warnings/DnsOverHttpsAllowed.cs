using System.Collections.Immutable;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// A resolver that is asked over HTTPS is allowed: the workload can resolve names past the proxy's DNS server, and carry data
/// out in the names that it asks for.
/// </summary>
internal sealed class DnsOverHttpsAllowed : PolicyWarning
{
    /// <summary>Public resolvers, by the names and addresses under which they answer (RFC 8484 and JSON).</summary>
    private static readonly ImmutableArray<string> Resolvers =
    [
        // Google.
        "dns.google", "dns64.dns.google", "8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844",

        // Cloudflare.
        "cloudflare-dns.com", "one.one.one.one", "1dot1dot1dot1.cloudflare-dns.com", "security.cloudflare-dns.com", "family.cloudflare-dns.com",
        "mozilla.cloudflare-dns.com", "chrome.cloudflare-dns.com", "1.1.1.1", "1.0.0.1", "2606:4700:4700::1111", "2606:4700:4700::1001",

        // Quad9, OpenDNS, AdGuard, NextDNS, CleanBrowsing, Mullvad, Control D, DNS.SB, AliDNS, DNSPod.
        "dns.quad9.net", "dns9.quad9.net", "dns10.quad9.net", "dns11.quad9.net", "9.9.9.9", "149.112.112.112",
        "doh.opendns.com", "doh.familyshield.opendns.com", "doh.umbrella.com", "208.67.222.222", "208.67.220.220",
        "dns.adguard.com", "dns.adguard-dns.com", "unfiltered.adguard-dns.com", "dns.nextdns.io", "doh.cleanbrowsing.org",
        "dns.mullvad.net", "doh.mullvad.net", "freedns.controld.com", "doh.dns.sb", "dns.alidns.com", "doh.pub",
    ];

    /// <summary>Paths at which they answer. NextDNS answers below any.</summary>
    private static readonly ImmutableArray<string> Paths = ["/dns-query", "/resolve", "/"];

    /// <inheritdoc />
    public override string Code => "IRON2044";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        foreach (var set in context.Plan.Steps.OfType<AllowlistStepPlan>().Select(a => a.Rules).Distinct())
        {
            var rules = context.RuleSets[set].Items;
            var reported = new HashSet<int>();
            foreach (var name in Resolvers)
            {
                _ = CanonicalHost.TryCreateFromText(name, out var host);
                foreach (var rule in context.Lookup(set).Matching(host).Where(r => !IsOpen(context, rules[r])))
                {
                    if (LetsQuestionsThrough(context.Relations.Conditions[rules[rule].When]) && reported.Add(rule))
                    {
                        context.Report(
                            this,
                            rules[rule].At,
                            $"{name} resolves names over HTTPS, so the workload can ask past the proxy's DNS, and carry data out in names",
                            "remove it: names that the workload needs are resolved by the proxy");
                    }
                }
            }
        }
    }

    /// <summary>"*" and patterns such as *.com are about more than resolvers, and those have a warning of their own.</summary>
    private static bool IsOpen(AnalysisContext context, RulePlan rule) =>
        context.Relations.IsEverything(rule)
        || (rule.Host is { } host && context.Relations.Hosts[host] is { Kind: HostPatternKind.Suffix } pattern && SharedDomains.Holds(pattern.Name));

    private static bool LetsQuestionsThrough(ConditionPlan condition) =>
        condition.Scheme != "http"
        && (condition.Methods is not { } methods || methods.Contains("GET") || methods.Contains("POST"))
        && (condition.Paths is not { } patterns || patterns.Any(p => Paths.Any(path => new PathPattern(p).Matches(path))));
}
