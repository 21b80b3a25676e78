using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>An allowlist names the machine itself or the place where a cloud gives its credentials out.</summary>
internal sealed class LocalAddressAllowed : PolicyWarning
{
    private static readonly IPNetwork Loopback = IPNetwork.Parse("127.0.0.0/8");

    /// <inheritdoc />
    public override string Code => "IRON2042";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        var denied = context.Plan.Upstream.DenyCidrs.Select(c => IPNetwork.Parse(c)).ToArray();
        foreach (var set in context.Plan.Steps.OfType<AllowlistStepPlan>().Select(a => a.Rules).Distinct())
        {
            var rules = context.RuleSets[set].Items;
            var reported = new HashSet<int>();
            foreach (var known in KnownAddresses.Addresses)
            {
                var refused = denied.Any(d => d.Contains(known.Address));
                if (refused && IsAnswered(context, known.Address.ToString()))
                {
                    continue; // Of an address some paths alone are answered, and the others must lead nowhere.
                }

                foreach (var rule in context.Lookup(set).Matching(CanonicalHost.FromAddress(known.Address)).Where(r => IsNarrow(context, rules[r]) && reported.Add(r)))
                {
                    context.Report(
                        this,
                        rules[rule].At,
                        $"{known.Address} is {known.What}, and this entry allows it{(refused ? ", although upstream_deny_cidrs refuses it" : "")}",
                        refused ? "remove the entry: it has no effect" : "remove the entry, or leave the address out of the network");
                }
            }

            foreach (var name in KnownAddresses.Names.Where(n => !IsAnswered(context, n)))
            {
                _ = CanonicalHost.TryCreateFromText(name, out var host);
                foreach (var rule in context.Lookup(set).Matching(host).Where(r => context.Relations.Text(rules[r]) == name && reported.Add(r)))
                {
                    context.Report(
                        this,
                        rules[rule].At,
                        $"{name} leads to the machine itself or to its cloud's credentials",
                        "remove the entry");
                }
            }
        }
    }

    /// <summary>Whether a step is what workloads find there, at its root or where the metadata server of Azure begins: it has to be allowed then, and nothing is sent.</summary>
    private static bool IsAnswered(AnalysisContext context, string host) => ((string[])["/", "/metadata"]).Any(
        path => CanonicalRequest.TryCreateFromUrl("GET", $"http://{host}{path}", out var request) is null && context.Plan.Steps.Any(s => s.Stubs(request)));

    /// <summary>"*" and large networks are about more than such addresses; upstream_deny_cidrs is there for them.</summary>
    private static bool IsNarrow(AnalysisContext context, RulePlan rule) => rule.Cidr is { } cidr
        ? context.Relations.Networks[cidr] is var network
            && (network.PrefixLength >= (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 16 : 32) || Loopback.Contains(network.BaseAddress))
        : !context.Relations.IsEverything(rule);
}
