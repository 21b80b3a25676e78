using IronProxy.Plan.Matching;

namespace IronProxy.Plan.Tests.Decisions;

public sealed class ReadingConflictTests
{
    private static readonly AllowlistStepPlan Allowlist = new() { At = new SourcePosition(3, 5), Rules = 0 };

    [Theory]
    [InlineData("/npm/@scope%2fname")]
    [InlineData("/npm/./x;y/.")]
    [InlineData("/other%2Fthing")]
    [InlineData("/both%2Fb")]
    public void A_path_goes_on_when_every_rule_answers_alike_for_all_of_its_readings(string path) =>
        Assert.Null(Find(Rules(), path));

    [Theory]
    [InlineData("/repos/a%2Fb/issues", "/repos/a/b/issues", 2)]
    [InlineData("/admin;/x/issues", "/admin/x/issues", 3)]
    [InlineData("/./exact", "/exact", 4)]
    [InlineData("/exact/.", null, 0)]
    [InlineData("/x;/exact", null, 0)]
    public void A_path_is_refused_when_a_rule_answers_differently(string path, string? reading, int line)
    {
        var conflict = Find(Rules(), path);

        Assert.Equal(reading is null ? null : Reason.AmbiguousPath, conflict?.Denial);
        Assert.Equal(reading, conflict?.Reading?.Target.MatchPath);
        Assert.Equal(line, conflict?.Rule?.At.Line ?? 0);
    }

    /// <summary>Two rules that take turns give one verdict, yet each of them is of two minds.</summary>
    [Fact]
    public void Every_rule_is_asked_for_itself()
    {
        var conflict = Find(new MatchTablesBuilder().AddSet(new TestRule("a.example", Paths: ["/a%2Fb"]), new TestRule("a.example", Paths: ["/a/b"])), "/a%2Fb");

        Assert.Equal(1, conflict?.Rule?.At.Line);
    }

    [Theory]
    [InlineData("a.example", 1)]
    [InlineData("*.example", 1)]
    [InlineData("a*.example", 1)]
    [InlineData("*", 1)]
    [InlineData("b.example", 0)]
    public void Rules_are_found_by_whatever_names_the_host(string host, int line) =>
        Assert.Equal(line, Find(new MatchTablesBuilder().AddSet(new TestRule(host, Paths: ["/a/b"])), "/a%2Fb")?.Rule?.At.Line ?? 0);

    [Fact]
    public void Networks_are_asked_as_well()
    {
        var policy = Policy(new MatchTablesBuilder().AddSet(new TestRule(null, "10.0.0.0/8", Paths: ["/a/b"])));
        var request = Canonical.Request("GET", "https://10.1.2.3/a%2Fb");

        Assert.Equal(1, policy.FindConflict(policy.Matcher.FindHost(request.Host), request, default)?.Rule?.At.Line);
    }

    [Fact]
    public void A_rule_that_something_else_rules_out_has_one_mind()
    {
        var rules = new MatchTablesBuilder().AddSet(
            new TestRule("a.example", Methods: ["POST"], Paths: ["/a/b"]),
            new TestRule("a.example", Paths: ["/a/b"], Ports: [8443]),
            new TestRule("a.example", Paths: ["/a/b"], Scheme: "http"));

        Assert.Null(Find(rules, "/a%2Fb"));
    }

    /// <summary>The allowlist lets all of the host through; a secret's rules are what is walked around.</summary>
    [Fact]
    public void Rules_of_other_steps_count_as_much_as_those_of_the_allowlist()
    {
        var rules = new MatchTablesBuilder().AddSet(new TestRule("a.example")).AddSet(new TestRule("a.example", Paths: ["/v1/*/read"]));

        Assert.Equal(2, Find(rules, "/v1/x%2Fy/read")?.Rule?.At.Line);
        Assert.Null(Find(rules, "/v2/x%2Fy/read"));
    }

    [Theory]
    [InlineData("https://login.example.com/./token")]
    [InlineData("https://login.example.com/token;x")]
    [InlineData("https://oauth2.googleapis.com/./token")]
    public void A_stub_is_answered_to_every_reading_or_to_none(string url)
    {
        var policy = new PlanPolicy(TestPlan.Create(TestPlan.EveryStep()));
        var request = Canonical.Request("POST", url);
        var conflict = policy.FindConflict(policy.Matcher.FindHost(request.Host), request, default);

        Assert.Same(Reason.AmbiguousPath, conflict?.Denial);
        Assert.Null(conflict?.Rule);
    }

    [Fact]
    public void A_destination_has_one_reading()
    {
        var policy = Policy(Rules());
        var destination = CanonicalRequest.Destination(Canonical.Host("a.example"), 443, client: null);

        Assert.Null(policy.FindConflict(policy.Matcher.FindHost(destination.Host), destination, default));
    }

    [Fact]
    public void An_ordinary_request_costs_no_memory()
    {
        var policy = Policy(Rules());
        var request = Canonical.Request("GET", "https://a.example/.well-known/a.b/c%20d/e");
        var host = policy.Matcher.FindHost(request.Host);
        for (var round = 0; round < 100; round++)
        {
            Assert.Null(FindOrdinary(policy, host, request)); // Until the compiler is done with it.
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        FindOrdinary(policy, host, request);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static ReadingConflict? FindOrdinary(PlanPolicy policy, in HostMatch host, CanonicalRequest request)
    {
        var overrides = default(RequestOverrides);
        overrides.Add("User-Agent", "x");
        overrides.Add("X-Request-Id__", "x");
        return policy.FindConflict(host, request, overrides);
    }

    private static MatchTablesBuilder Rules() => new MatchTablesBuilder().AddSet(
        new TestRule("a.example", Paths: ["/npm/*"]),
        new TestRule("a.example", Paths: ["/repos/*/issues"]),
        new TestRule("a.example", Paths: ["/admin/*/issues"]),
        new TestRule("a.example", Paths: ["/exact"]),
        new TestRule("a.example", Paths: ["/both/b", "/both%2Fb"]));

    private static PlanPolicy Policy(MatchTablesBuilder rules) => new(TestPlan.Create(Allowlist) with { Matching = rules.Build(), Mcp = null });

    private static ReadingConflict? Find(MatchTablesBuilder rules, string path)
    {
        var policy = Policy(rules);
        var request = Canonical.Request("GET", "https://a.example" + path);
        return policy.FindConflict(policy.Matcher.FindHost(request.Host), request, default);
    }
}
