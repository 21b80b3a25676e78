using System.Text;
using IronProxy.Plan;

namespace IronProxy.Compiler.Tests.Optimization;

public class LargePolicyTests
{
    [Fact]
    public void Hosts_with_the_same_rules_share_a_class()
    {
        var yaml = new StringBuilder("transforms:\n  - name: allowlist\n    config:\n      domains:\n");
        for (var i = 0; i < 20_000; i++)
        {
            yaml.Append($"        - host{i}.sub{i % 100}.example.com\n");
        }

        var plan = Compile.Plan(yaml.ToString());
        Assert.Equal(20_000, plan.Matching.Hosts.Length);
        Assert.Equal(2, plan.Matching.Classes.Length);
    }

    [Fact]
    public void A_class_holds_what_wider_patterns_bring()
    {
        var plan = Compile.Plan(
            """
            transforms:
              - name: allowlist
                config:
                  rules:
                    - host: "*"
                      methods: [GET]
                    - host: "*.example.com"
                      methods: [PUT]
                    - host: example.com
                      methods: [POST]
                    - host: "x*.example.com"
                      methods: [POST]
            """);
        Assert.Equal(["GET", "PUT", "POST"], MethodsOf(plan, "example.com"));
        Assert.Equal(["GET", "PUT"], MethodsOf(plan, "*.example.com"));
        Assert.Equal(["GET"], MethodsOf(plan, "*"));
        Assert.Equal(["POST"], MethodsOf(plan, "x*.example.com"));
    }

    private static IEnumerable<string> MethodsOf(ProxyPlan plan, string pattern)
    {
        var uses = plan.Matching.Classes[plan.Matching.Hosts.Single(h => h.Pattern == pattern).Class].Uses;
        var methods = Assert.Single(uses).When.Select(w => Assert.Single(plan.Matching.Conditions[w].Methods!.Value)); // Every rule has one.
        return methods.OrderBy(m => m is "GET" ? 0 : m is "PUT" ? 1 : 2);
    }
}
