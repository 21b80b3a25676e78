using IronProxy.Plan.Matching;
using IronProxy.Testing;

namespace IronProxy.Plan.Tests.Matching;

public sealed class NearestRulesTests
{
    private static readonly TestRule[] Rules =
    [
        new("a.example.com", Methods: ["GET"], Paths: ["/v1/*"]),
        new("a.example.com", Methods: ["POST"], Paths: ["/v2/*"]),
        new("*.example.com", Scheme: "https", Ports: [443]),
        new("b.test", Methods: ["GET"]),
        new(null, "10.0.0.0/8", Methods: ["GET"]),
    ];

    [Theory]
    [InlineData("POST", "https://a.example.com:444/v1/x", 0, RuleDimensions.Method)]
    [InlineData("GET", "http://a.example.com/v2/x", 0, RuleDimensions.Path)]
    [InlineData("GET", "http://a.example.com/v3", 0, RuleDimensions.Path)]
    [InlineData("PUT", "http://a.example.com/v2/x", 1, RuleDimensions.Method)]
    [InlineData("PUT", "http://a.example.com/v3", 0, RuleDimensions.Method | RuleDimensions.Path)]
    [InlineData("GET", "https://c.example.com:8443/", 2, RuleDimensions.Port)]
    [InlineData("GET", "http://c.example.com/", 2, RuleDimensions.Port | RuleDimensions.Scheme)]
    [InlineData("POST", "https://b.test/", 3, RuleDimensions.Method)]
    [InlineData("GET", "https://x.test/", 3, RuleDimensions.Host)]
    [InlineData("GET", "https://11.0.0.1/", 4, RuleDimensions.Host)]
    [InlineData("POST", "https://10.0.0.1/", 4, RuleDimensions.Method)]
    public void The_rule_for_the_host_with_the_fewest_differences_is_nearest(string method, string url, int rule, RuleDimensions differs)
    {
        var nearest = Find(Rules, method, url);

        Assert.Equal((rule, differs), (nearest!.Value.Rule.Rule, nearest.Value.Differs));
    }

    [Fact]
    public void Of_rules_for_other_hosts_the_one_that_ends_alike_is_nearest()
    {
        Assert.Equal(1, Find([new("a.org"), new("x.example.com"), new("y.example.com")], "GET", "https://b.example.com/")!.Value.Rule.Rule);
        Assert.Equal(2, Find([new("a.org"), new("x.example.com"), new("y.sub.example.com")], "GET", "https://b.sub.example.com/")!.Value.Rule.Rule);
        Assert.Equal(1, Find([new("a.org"), new("x.example.com")], "GET", "https://example.com/")!.Value.Rule.Rule);
        Assert.Equal(1, Find([new("a.org"), new("example.com")], "GET", "https://b.example.com/")!.Value.Rule.Rule);
    }

    [Fact]
    public void Names_are_nearer_to_a_name_than_networks_and_networks_to_an_address_than_names()
    {
        Assert.Equal(1, Find([new(null, "10.0.0.0/8"), new("a.org")], "GET", "https://b.test/")!.Value.Rule.Rule);
        Assert.Equal(1, Find([new("a.1"), new(null, "10.0.0.0/8")], "GET", "https://192.0.2.1/")!.Value.Rule.Rule);
    }

    [Fact]
    public void Of_rules_for_the_host_with_as_many_differences_the_first_in_the_file_is_nearest() =>
        Assert.Equal(0, Find([new("*.example.com", Methods: ["POST"]), new("a.example.com", Methods: ["PUT"])], "GET", "https://a.example.com/")!.Value.Rule.Rule);

    [Fact]
    public void A_request_that_matches_and_a_set_without_rules_have_no_nearest_rule()
    {
        Assert.Null(Find(Rules, "GET", "https://a.example.com/v1/x"));
        Assert.Null(Find([], "GET", "https://a.example.com/v1/x"));
    }

    [Fact]
    public void Of_a_destination_only_host_and_port_can_differ()
    {
        var tables = new MatchTablesBuilder().AddSet(new TestRule("a.test", Methods: ["GET"], Paths: ["/x"], Ports: [443])).Build();
        var matcher = new PlanMatcher(tables);
        var request = CanonicalRequest.Destination(Canonical.Host("a.test"), 22, client: null);

        var nearest = matcher.Nearest(matcher.FindHost(request.Host), request).In(0);

        Assert.Equal(RuleDimensions.Port, nearest!.Value.Differs);
    }

    [Fact]
    public void A_hundred_thousand_rules_are_one_pass()
    {
        var request = Canonical.Request("POST", "https://h77.example.com/p5077/x");
        ProcessorTime.AssertInProportion(100_000, count =>
        {
            var rules = Enumerable.Range(0, count).Select(i => new TestRule($"h{i % 5000}.example.com", Methods: ["GET"], Paths: [$"/p{i}/*"])).ToArray();
            var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(rules).Build());
            return () =>
            {
                var nearest = matcher.Nearest(matcher.FindHost(request.Host), request).In(0);
                Assert.Equal((5077, RuleDimensions.Method), (nearest!.Value.Rule.Rule, nearest.Value.Differs));
            };
        });
    }

    [Fact]
    public void The_class_of_a_host_names_its_patterns_from_narrow_to_wide()
    {
        var matcher = new PlanMatcher(new MatchTablesBuilder()
            .AddSet(new TestRule("*"), new TestRule("*.com"), new TestRule("*.example.com"), new TestRule("*.sub.example.com"), new TestRule("a.example.com"), new TestRule("a?.example.com"), new TestRule(null, "10.0.0.0/8"))
            .Build());

        Assert.Equal(["*.sub.example.com", "*.example.com", "*.com", "*"], matcher.ClassOf(matcher.FindHost(Canonical.Host("a.sub.example.com"))).Patterns.AsEnumerable());
        Assert.Equal(["a.example.com", "*.example.com", "*.com", "*"], matcher.ClassOf(matcher.FindHost(Canonical.Host("a.example.com"))).Patterns.AsEnumerable());
        Assert.Equal(["*.example.com", "*.com", "*", "a?.example.com"], matcher.ClassOf(matcher.FindHost(Canonical.Host("ab.example.com"))).Patterns.AsEnumerable());
        var address = matcher.ClassOf(matcher.FindHost(Canonical.Host("10.1.1.1")));
        Assert.Equal(["*", "10.0.0.0/8"], [.. address.Patterns, .. address.Networks]);
    }

    private static NearestRule? Find(TestRule[] rules, string method, string url)
    {
        var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(rules).Build());
        var request = Canonical.Request(method, url);
        return matcher.Nearest(matcher.FindHost(request.Host), request).In(0);
    }
}
