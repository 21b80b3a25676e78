using System.Net;
using IronProxy.Compiler.Analysis.Lookup;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Compiler.Tests.Analysis.Spaces;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Tests.Analysis.Lookup;

public class RuleLookupTests
{
    [Fact]
    public void What_is_said_about_two_rules_holds_for_every_request_of_a_small_world()
    {
        var (covers, apart) = (0, 0);
        SmallPolicies.CheckUntil(() => covers > 20 && apart > 20, 150, policy =>
        {
            var tables = SmallPolicies.Compile(policy).Matching;
            var relations = new RuleRelations(tables);
            var sets = tables.Rules.Select(r => r.Items).ToArray();
            foreach (var rules in sets)
            {
                var lookup = new RuleLookup(relations, rules);
                for (var i = 0; i < rules.Length; i++)
                {
                    if (lookup.FindCover(rules[i], i) is { } other)
                    {
                        covers++;
                        Assert.NotEqual(i, other);
                        Assert.All(Matched(tables, rules[i]), r => Assert.True(Matches(tables, rules[other], r), $"{r} in {policy}"));
                    }
                }

                foreach (var rule in sets.SelectMany(s => s).Where(rule => !lookup.MayMeet(rule)))
                {
                    apart++;
                    Assert.DoesNotContain(Matched(tables, rule), r => rules.Any(other => Matches(tables, other, r)));
                }
            }
        });
    }

    [Theory]
    [InlineData("{host: a.test}", "{host: a.test}")]
    [InlineData("{host: '*.a.test'}", "{host: x.a.test, methods: [GET]}")]
    [InlineData("{host: '*.a.test'}", "{host: a.test}")]
    [InlineData("{host: '*.test'}", "{host: '*.a.test', ports: [443]}")]
    [InlineData("{host: '*.test'}", "{host: 'db-*.a.test'}")]
    [InlineData("{host: 'db-*.test'}", "{host: db-1.test}")]
    [InlineData("{host: '*'}", "{cidr: 10.0.0.0/8}")]
    [InlineData("{cidr: 10.0.0.0/8}", "{cidr: 10.1.0.0/16}")]
    [InlineData("{host: a.test, paths: ['/v1/*']}", "{host: a.test, paths: [/v1, '/v1/a/*']}")]
    [InlineData("{host: a.test, paths: ['/*/x', '/a*']}", "{host: a.test, paths: ['/?/x']}")]
    [InlineData("{host: a.test, schemes: [https], ports: [443, 8443]}", "{host: a.test, schemes: [https], ports: [443], methods: [GET]}")]
    public void A_rule_that_another_covers_is_found_in_either_order(string wide, string narrow)
    {
        Assert.Equal((1, 0), Find(wide, narrow));
        if (wide != narrow)
        {
            Assert.Equal((0, 1), Find(narrow, wide));
        }
    }

    [Theory]
    [InlineData("{host: a.test, methods: [GET]}", "{host: a.test}")]
    [InlineData("{host: a.test}", "{host: x.a.test}")]
    [InlineData("{host: '*.a.test'}", "{host: ba.test}")]
    [InlineData("{host: a.test, paths: [/v1]}", "{host: a.test, paths: ['/v1/*']}")]
    [InlineData("{host: a.test, schemes: [http]}", "{host: a.test, schemes: [https]}")]
    [InlineData("{cidr: 10.1.0.0/16}", "{cidr: 10.0.0.0/8}")]
    public void A_rule_that_matches_more_is_not_covered(string narrow, string other) => Assert.NotEqual((1, 0), Find(narrow, other));

    /// <summary>The first rule that is covered, and what covers it.</summary>
    private static (int Rule, int Cover)? Find(string first, string second)
    {
        var tables = Compile.Plan($"transforms: [{{name: allowlist, config: {{rules: [{first}, {second}]}}}}]").Matching;
        var lookup = new RuleLookup(new RuleRelations(tables), tables.Rules[0].Items);
        for (var i = 0; i < 2; i++)
        {
            if (lookup.FindCover(tables.Rules[0].Items[i], i) is { } cover)
            {
                return (i, cover);
            }
        }

        return null;
    }

    private static IEnumerable<RequestWitness> Matched(MatchTables tables, RulePlan rule) => SmallPolicies.Requests.Where(r => Matches(tables, rule, r));

    /// <summary>The rule read word by word, without any table.</summary>
    private static bool Matches(MatchTables tables, RulePlan rule, RequestWitness request)
    {
        var condition = tables.Conditions[rule.When];
        var host = rule.Host is { } pattern
            ? HostPattern.Parse(tables.Hosts[pattern].Pattern).Matches(request.Host.Text)
            : request.Host.Address is { } address && IPNetwork.Parse(tables.Cidrs[rule.Cidr!.Value]).Contains(address);
        return host
            && condition.Methods?.Contains(request.Method) != false
            && condition.Ports?.Contains(request.Port) != false
            && (condition.Clients is not { } clients || (request.Client is { } client && clients.Contains(client)))
            && (condition.Scheme is null || condition.Scheme == request.Scheme)
            && condition.Paths?.Any(p => new PathPattern(p).Matches(request.Path)) != false;
    }
}
