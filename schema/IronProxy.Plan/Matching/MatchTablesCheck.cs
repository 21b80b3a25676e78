using System.Net;

namespace IronProxy.Plan.Matching;

/// <summary>Refuses tables whose indexes lead nowhere, so that a damaged plan stops the start and not a request.</summary>
internal static class MatchTablesCheck
{
    public static void Validate(MatchTables tables)
    {
        Require(!tables.Conditions.IsEmpty && !tables.Classes.IsEmpty, "the tables have no empty condition or class");
        var patterns = new HashSet<string>(StringComparer.Ordinal);
        foreach (var host in tables.Hosts)
        {
            Require(IsPattern(host.Pattern), $"'{host.Pattern}' is not a host pattern");
            Require(patterns.Add(host.Pattern), $"the host pattern {host.Pattern} is there twice");
            Require(InRange(host.Class, tables.Classes.Length), $"the class of {host.Pattern} does not exist");
        }

        foreach (var cidr in tables.Cidrs)
        {
            Require(IPNetwork.TryParse(cidr, out _), $"{cidr} is not a network");
        }

        foreach (var condition in tables.Conditions)
        {
            Require(condition.Scheme is null or "http" or "https", $"the scheme {condition.Scheme} does not exist");
        }

        foreach (var rule in tables.Rules.SelectMany(set => set.Items))
        {
            Require(
                rule.Host is { } host ? rule.Cidr is null && InRange(host, tables.Hosts.Length)
                    : rule.Cidr is { } cidr && InRange(cidr, tables.Cidrs.Length),
                $"the rule of line {rule.At.Line} has no host or network");
            Require(InRange(rule.When, tables.Conditions.Length), $"the condition of the rule of line {rule.At.Line} does not exist");
        }

        foreach (var use in tables.Classes.SelectMany(c => c.Uses))
        {
            Require(
                InRange(use.Set, tables.Rules.Length) && use.When.All(w => InRange(w, tables.Conditions.Length)),
                "a host class names a rule set or condition that does not exist");
        }
    }

    /// <summary>Enough for the table to hold it: labels, none of them empty. What else makes a pattern good is the compiler's to say.</summary>
    private static bool IsPattern(string text) =>
        text.Length is > 0 and <= byte.MaxValue && text[0] != '.' && text[^1] != '.' && !text.Contains("..", StringComparison.Ordinal);

    private static bool InRange(int index, int length) => (uint)index < (uint)length;

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new PlanException($"The plan is damaged: {what}.");
        }
    }
}
