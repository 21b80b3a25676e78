using System.Net;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Lookup;

/// <summary>The patterns, networks and conditions of a plan in a form in which rules can be compared.</summary>
internal sealed class RuleRelations(MatchTables tables)
{
    /// <summary>The host patterns, by their index.</summary>
    public HostPattern[] Hosts { get; } = [.. tables.Hosts.Select(h => HostPattern.Parse(h.Pattern))];

    /// <summary>The networks, by their index.</summary>
    public IPNetwork[] Networks { get; } = [.. tables.Cidrs.Select(c => IPNetwork.Parse(c))];

    /// <summary>What rules ask beside the host.</summary>
    public ConditionRelations Conditions { get; } = new(tables.Conditions);

    /// <summary>The host pattern or network of a rule, as messages show it.</summary>
    public string Text(RulePlan rule) => rule.Host is { } host ? Hosts[host].Text : tables.Cidrs[rule.Cidr!.Value]; // One of the two is set.

    /// <summary>Whether a rule names all hosts, or all addresses.</summary>
    public bool IsEverything(RulePlan rule) =>
        rule.Host is { } host ? Hosts[host].Kind == HostPatternKind.Any : Networks[rule.Cidr!.Value].PrefixLength == 0; // One of the two is set.
}
