using System.Globalization;
using System.Text;
using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Testing;

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

    /// <summary>Compared pair by pair these would take minutes.</summary>
    [Theory]
    [InlineData("domains", "n-{0}-*.example.com, n{0}.example.com", 30_000)]
    [InlineData("domains", "h{0}.s.example.com, h{0}.s.example.com", 50_000)]
    [InlineData("rules", "{{host: api.example.com, paths: ['/*/x{0}/*/b']}}", 10_000)]
    [InlineData("cidrs", "10.0.0.0/8, '2001:db8:{0:x}::/48'", 50_000)]
    public void Analysis_does_not_compare_all_rules_with_all(string key, string entries, int whole) => ProcessorTime.AssertInProportion(whole, count =>
    {
        var items = string.Join(", ", Enumerable.Range(0, count).Select(i => string.Format(CultureInfo.InvariantCulture, entries, i)));
        var source = new SourceText("proxy.yaml", $"tls: {{ca_cert: a, ca_key: b}}\ntransforms: [{{name: allowlist, config: {{{key}: [{items}]}}}}]\n");
        return () => Assert.NotNull(ProxyCompiler.Compile(source, settings: AnalysisSettings.Default).Plan);
    });

    private static IEnumerable<string> MethodsOf(ProxyPlan plan, string pattern)
    {
        var uses = plan.Matching.Classes[plan.Matching.Hosts.Single(h => h.Pattern == pattern).Class].Uses;
        var methods = Assert.Single(uses).When.Select(w => Assert.Single(plan.Matching.Conditions[w].Methods!.Value)); // Every rule has one.
        return methods.OrderBy(m => m is "GET" ? 0 : m is "PUT" ? 1 : 2);
    }
}
