using IronProxy.Plan.Matching;
using IronProxy.Testing;

namespace IronProxy.Plan.Tests.Matching;

public sealed class PlanMatcherTests
{
    [Theory]
    [InlineData("*", "api.github.com", true)]
    [InlineData("*", "10.0.0.1", true)]
    [InlineData("*", "::1", true)]
    [InlineData("example.com", "example.com", true)]
    [InlineData("example.com", "www.example.com", false)]
    [InlineData("example.com", "com", false)]
    [InlineData("*.example.com", "example.com", true)]
    [InlineData("*.example.com", "a.b.c.example.com", true)]
    [InlineData("*.example.com", "evilexample.com", false)]
    [InlineData("*.example.com", "example.com.evil.org", false)]
    [InlineData("*.com", "example.com", true)]
    [InlineData("db-*.example.com", "db-1.example.com", true)]
    [InlineData("db*.example.com", "db.example.com", true)]
    [InlineData("db-*.example.com", "db-1.x.example.com", false)]
    [InlineData("db-?.example.com", "db-1.example.com", true)]
    [InlineData("db?.example.com", "db.example.com", false)]
    [InlineData("db-?.example.com", "db-12.example.com", false)]
    [InlineData("a?b.com", "a.b.com", false)]
    [InlineData("a.*.com", "a.b.com", true)]
    [InlineData("a.*.com", "a.b.c.com", false)]
    [InlineData("*.a*.com", "ab.com", true)]
    [InlineData("*.a*.com", "x.y.ab.com", true)]
    [InlineData("*.a*.com", "x.ba.com", false)]
    [InlineData("api.*", "api.com", true)]
    [InlineData("api.*", "api.co.uk", false)]
    [InlineData("2001:db8::7", "2001:db8::7", true)]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    public void Hosts_match_patterns(string pattern, string host, bool expected) =>
        Assert.Equal(expected, Matches([new TestRule(pattern)], host) is not null);

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.0.0.1/32", "10.0.0.1", true)]
    [InlineData("0.0.0.0/0", "10.0.0.1", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("2001:db8::/32", "2001:db8:1::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("::/0", "10.0.0.1", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.0.0.1", true)]
    [InlineData("10.0.0.0/8", "10.example.com", false)]
    public void Networks_match_literal_addresses(string network, string host, bool expected) =>
        Assert.Equal(expected, Matches([new TestRule(null, network)], host) is not null);

    [Fact]
    public void The_first_rule_of_the_file_decides_whatever_its_shape()
    {
        TestRule[] rules =
        [
            new("*.org"),
            new(null, "10.0.0.0/8"),
            new("db-*.example.com"),
            new("*.example.com"),
            new("db-1.example.com"),
            new("*"),
            new("10.0.0.1"),
        ];

        Assert.Equal(2, Matches(rules, "db-1.example.com"));
        Assert.Equal(3, Matches(rules, "x.example.com"));
        Assert.Equal(1, Matches(rules, "10.0.0.1"));
        Assert.Equal(5, Matches(rules, "api.github.com"));
    }

    [Fact]
    public void A_rule_that_asks_for_another_method_or_path_is_passed_over()
    {
        TestRule[] rules =
        [
            new("example.com", Methods: ["GET", "PURGE"], Paths: ["/v1/*", "/v2"]),
            new("*.example.com", Methods: ["POST"]),
        ];

        Assert.Equal(0, Matches(rules, "example.com", "GET", "/v1/x"));
        Assert.Equal(0, Matches(rules, "example.com", "PURGE", "/v2"));
        Assert.Equal(1, Matches(rules, "example.com", "POST", "/v1/x"));
        Assert.Null(Matches(rules, "example.com", "GET", "/v3"));
        Assert.Null(Matches(rules, "example.com", "DELETE", "/v1/x"));
        Assert.Null(Matches(rules, "example.com", "BAN", "/v1/x"));
    }

    [Fact]
    public void A_rule_that_asks_for_another_port_or_scheme_is_passed_over()
    {
        TestRule[] rules =
        [
            new("example.com", Ports: [443, 8443], Scheme: "https"),
            new("*.example.com", Scheme: "http"),
        ];

        Assert.Equal(0, Decides(rules, "https://example.com/"));
        Assert.Equal(0, Decides(rules, "https://example.com:8443/"));
        Assert.Equal(1, Decides(rules, "http://example.com:8443/"));
        Assert.Null(Decides(rules, "https://example.com:444/"));
        Assert.Null(Decides(rules, "https://www.example.com/"));
    }

    [Fact]
    public void A_destination_has_a_port_and_no_scheme_yet()
    {
        var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(new TestRule("example.com", Ports: [443], Scheme: "http")).Build());
        var host = Canonical.Host("example.com");

        Assert.True(matcher.Matches(0, matcher.FindHost(host), CanonicalRequest.Destination(host, 443, client: null), out _));
        Assert.False(matcher.Matches(0, matcher.FindHost(host), CanonicalRequest.Destination(host, 22, client: null), out _));
    }

    [Fact]
    public void A_destination_matches_whatever_a_request_to_it_could_match()
    {
        var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(new TestRule("example.com", Methods: ["GET"], Paths: ["/x"])).Build());
        var host = Canonical.Host("example.com");

        Assert.True(matcher.Matches(0, matcher.FindHost(host), CanonicalRequest.Destination(host, 443, client: null), out var rule));
        Assert.Equal(new SourcePosition(1, 1), rule?.At);
    }

    [Fact]
    public void Sets_answer_for_themselves_from_one_lookup()
    {
        var matcher = new PlanMatcher(new MatchTablesBuilder()
            .AddSet(new TestRule("*.example.com"), new TestRule(null, "10.0.0.0/8"))
            .AddSet(new TestRule("a.example.com"), new TestRule("a*.example.com"))
            .AddSet()
            .Build());
        var request = Canonical.Request("GET", "https://b.example.com/");
        var host = matcher.FindHost(request.Host);

        Assert.True(matcher.Matches(0, host, request, out _));
        Assert.False(matcher.Matches(1, host, request, out var none));
        Assert.Null(none);
        Assert.False(matcher.Matches(2, host, request, out _));
        Assert.True(matcher.Matches(null, host, request, out var noRule));
        Assert.Null(noRule);
    }

    [Fact]
    public void Whether_a_set_names_a_host_does_not_depend_on_its_conditions()
    {
        var matcher = new PlanMatcher(new MatchTablesBuilder()
            .AddSet(new TestRule("a.example.com", Methods: ["GET"]), new TestRule("g-*.example.com", Methods: ["GET"]), new TestRule(null, "10.0.0.0/8", ["GET"]))
            .AddSet(new TestRule("b.example.com"), new TestRule("g-1*.example.com"))
            .Build());

        Assert.True(matcher.NamesHost(0, matcher.FindHost(Canonical.Host("a.example.com"))));
        Assert.True(matcher.NamesHost(0, matcher.FindHost(Canonical.Host("g-2.example.com"))));
        Assert.True(matcher.NamesHost(0, matcher.FindHost(Canonical.Host("10.1.1.1"))));
        Assert.False(matcher.NamesHost(1, matcher.FindHost(Canonical.Host("a.example.com"))));
        Assert.False(matcher.NamesHost(1, matcher.FindHost(Canonical.Host("g-2.example.com"))));
        Assert.False(matcher.NamesHost(1, matcher.FindHost(Canonical.Host("10.1.1.1"))));
    }

    [Fact]
    public void More_globs_than_have_room_in_place_are_all_found()
    {
        // Each has one question mark more: all of them match a label that is long enough.
        var rules = Enumerable.Range(0, 100).Select(i => new TestRule($"*{new string('?', i % 50)}.x{(i < 50 ? "" : "?")}", Methods: [$"M{i}"])).ToArray();
        var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(rules).Build());

        for (var i = 0; i < rules.Length; i++)
        {
            Assert.Equal(i, Matches(matcher, new string('a', 50) + (i < 50 ? ".x" : ".xy"), $"M{i}"));
        }
    }

    [Fact]
    public void More_networks_than_have_room_in_place_are_all_found()
    {
        var rules = Enumerable.Range(1, 32).Select(i => new TestRule(null, $"{(i < 8 ? "0.0.0.0" : "10.0.0.0")}/{i}", Methods: [$"M{i}"])).ToArray();
        var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(rules).Build());

        for (var i = 1; i <= rules.Length; i++)
        {
            Assert.Equal(i is > 4 and < 8 ? (int?)null : i - 1, Matches(matcher, "10.0.0.0", $"M{i}"));
        }
    }

    [Fact]
    public void Long_labels_and_many_names_are_kept_apart()
    {
        var rules = Enumerable.Range(0, 3000)
            .Select(i => new TestRule($"{new string('a', 5 + (i % 50))}{i}.{(i % 3 == 0 ? "a-rather-long-label-of-a-company" : "short")}.example"))
            .ToArray();

        var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(rules).Build());

        for (var i = 0; i < rules.Length; i++)
        {
            Assert.Equal(i, Matches(matcher, rules[i].Host!)); // Every rule here has a host.
            Assert.Null(Matches(matcher, "x" + rules[i].Host));
        }
    }

    [Fact]
    public void Names_that_share_a_label_find_each_other_whatever_its_length()
    {
        var labels = Enumerable.Range(1, 63).Select(length => new string('a', length)).ToArray();
        var rules = labels.SelectMany(l => new TestRule[] { new($"x.{l}.example"), new($"y.{l}.example"), new($"*.{l}.example", Methods: ["PUT"]) }).ToArray();
        var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(rules).Build());

        for (var i = 0; i < labels.Length; i++)
        {
            Assert.Equal(3 * i, Matches(matcher, $"x.{labels[i]}.example"));
            Assert.Equal((3 * i) + 1, Matches(matcher, $"y.{labels[i]}.example"));
            Assert.Equal((3 * i) + 2, Matches(matcher, $"{labels[i]}.example", "PUT"));
        }
    }

    [Fact]
    public void A_few_names_of_many_labels_have_room()
    {
        var names = Enumerable.Range(0, 5).Select(n => string.Join('.', Enumerable.Range(0, 60).Select(i => $"{(char)('a' + n)}{i}"))).ToArray();

        var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet([.. names.Select(n => new TestRule(n))]).Build());

        Assert.Equal(Enumerable.Range(0, 5).Cast<int?>(), names.Select(n => Matches(matcher, n)));
        Assert.Null(Matches(matcher, names[0][3..]));
    }

    /// <summary>Names that differ in a digit, and one label below all of them: each must have a place of its own in the table.</summary>
    [Fact]
    public void Many_names_cost_no_more_each_than_few() => ProcessorTime.AssertInProportion(40_000, count =>
    {
        var tables = new MatchTables
        {
            Hosts = [.. Enumerable.Range(0, count).Select(i => new HostPatternPlan($"www.h{i}.example", 1))],
            Cidrs = [],
            Conditions = [new ConditionPlan()],
            Rules = [new RuleSetPlan([])],
            Classes = [new HostClassPlan([]), new HostClassPlan([new RuleSetUse(0, [0])])],
        };
        var hosts = tables.Hosts.Select(h => Canonical.Host(h.Pattern)).ToArray();
        return () =>
        {
            var matcher = new PlanMatcher(tables);
            Assert.Equal(count, hosts.Count(host => matcher.NamesHost(0, matcher.FindHost(host))));
        };
    });

    [Fact]
    public void The_narrowest_of_nested_suffixes_is_asked_and_all_wider_ones_as_well()
    {
        TestRule[] rules = [new("*.com", Methods: ["GET"]), new("*.example.com", Methods: ["PUT"]), new("*.a.example.com", Methods: ["POST"]), new("*", Methods: ["DELETE"])];

        Assert.Equal(2, Matches(rules, "x.a.example.com", "POST"));
        Assert.Equal(1, Matches(rules, "x.a.example.com", "PUT"));
        Assert.Equal(0, Matches(rules, "x.a.example.com", "GET"));
        Assert.Equal(3, Matches(rules, "x.a.example.com", "DELETE"));
        Assert.Null(Matches(rules, "x.example.com", "POST"));
    }

    [Fact]
    public void A_method_that_a_condition_names_twice_is_named() =>
        Assert.Equal(0, Matches([new TestRule("example.com", Methods: ["GET", "GET", "PURGE", "PURGE"])], "example.com"));

    [Theory]
    [InlineData("*", HostPatternKind.Any, "", true, "")]
    [InlineData("a.example.com", HostPatternKind.Exact, "a.example.com", false, "a.example.com")]
    [InlineData("*.example.com", HostPatternKind.Suffix, "example.com", true, "example.com")]
    [InlineData("db-*.corp.example", HostPatternKind.Glob, "db-*.corp.example", false, "corp.example")]
    [InlineData("*.a?.corp.*.example", HostPatternKind.Glob, "a?.corp.*.example", true, "example")]
    [InlineData("api.*", HostPatternKind.Glob, "api.*", false, "")]
    public void A_pattern_is_taken_apart(string text, HostPatternKind kind, string name, bool deep, string literalTail)
    {
        var pattern = HostPattern.Parse(text);

        Assert.Equal(new HostPattern(kind, text, name, deep), pattern);
        Assert.Equal(literalTail, pattern.LiteralTail);
    }

    [Theory]
    [InlineData("condition", "the tables have no empty condition or class")]
    [InlineData("classes", "the tables have no empty condition or class")]
    [InlineData("class", "the class of example.com does not exist")]
    [InlineData("negative class", "the class of example.com does not exist")]
    [InlineData("host", "the rule of line 1 has no host or network")]
    [InlineData("no host", "the rule of line 1 has no host or network")]
    [InlineData("host and network", "the rule of line 1 has no host or network")]
    [InlineData("network", "the rule of line 1 has no host or network")]
    [InlineData("when", "the condition of the rule of line 1 does not exist")]
    [InlineData("cidr", "10.0.0.0/99 is not a network")]
    [InlineData("use", "a host class names a rule set or condition that does not exist")]
    [InlineData("use when", "a host class names a rule set or condition that does not exist")]
    [InlineData("scheme", "the scheme ftp does not exist")]
    [InlineData("twice", "the host pattern *.example.com is there twice")]
    public void Tables_that_do_not_fit_together_stop_the_start(string damage, string what)
    {
        var tables = new MatchTablesBuilder().AddSet(new TestRule("example.com"), new TestRule(null, "10.0.0.0/8")).Build();
        var rule = tables.Rules[0].Items[0];
        MatchTables Rule(RulePlan changed) => tables with { Rules = [new RuleSetPlan([changed])] };
        tables = damage switch
        {
            "condition" => tables with { Conditions = [] },
            "classes" => tables with { Classes = [] },
            "class" => tables with { Hosts = [new HostPatternPlan("example.com", tables.Classes.Length)] },
            "negative class" => tables with { Hosts = [new HostPatternPlan("example.com", -1)] },
            "host" => Rule(rule with { Host = 1 }),
            "no host" => Rule(rule with { Host = null }),
            "host and network" => Rule(rule with { Cidr = 0 }),
            "network" => Rule(rule with { Host = null, Cidr = 1 }),
            "when" => Rule(rule with { When = -1 }),
            "cidr" => tables with { Cidrs = ["10.0.0.0/99"] },
            "use" => tables with { Classes = [new HostClassPlan([]), new HostClassPlan([new RuleSetUse(1, [0])])] },
            "use when" => tables with { Classes = [new HostClassPlan([]), new HostClassPlan([new RuleSetUse(0, [0, 1])])] },
            "scheme" => tables with { Conditions = [new ConditionPlan { Scheme = "ftp" }] },
            "twice" => tables with { Hosts = [new HostPatternPlan("*.example.com", 0), new HostPatternPlan("*.example.com", 0)] },
            _ => throw new ArgumentOutOfRangeException(nameof(damage)),
        };

        var e = Assert.Throws<PlanException>(() => new PlanMatcher(tables));
        Assert.Equal($"The plan is damaged: {what}.", e.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".example.com")]
    [InlineData("example.com.")]
    [InlineData("example..com")]
    [InlineData("256")]
    public void A_host_pattern_that_the_table_cannot_hold_stops_the_start(string pattern)
    {
        pattern = pattern == "256" ? new string('a', 256) : pattern;
        var tables = new MatchTablesBuilder().AddSet(new TestRule("example.com")).Build();

        var e = Assert.Throws<PlanException>(() => new PlanMatcher(tables with { Hosts = [new HostPatternPlan(pattern, 0)] }));
        Assert.Equal($"The plan is damaged: '{pattern}' is not a host pattern.", e.Message);
        Assert.NotNull(new PlanMatcher(tables with { Hosts = [new HostPatternPlan(new string('a', 255), 0)] }));
    }

    /// <summary>Index of the rule that decides, or null.</summary>
    private static int? Matches(TestRule[] rules, string host, string method = "GET", string path = "/") =>
        Matches(new PlanMatcher(new MatchTablesBuilder().AddSet(rules).Build()), host, method, path);

    private static int? Decides(TestRule[] rules, string url)
    {
        var matcher = new PlanMatcher(new MatchTablesBuilder().AddSet(rules).Build());
        var request = Canonical.Request("GET", url);
        matcher.Matches(0, matcher.FindHost(request.Host), request, out var rule);
        return rule?.Rule;
    }

    private static int? Matches(PlanMatcher matcher, string host, string method = "GET", string path = "/")
    {
        var canonical = Canonical.Host(host);
        Assert.Null(RequestTarget.TryCreate(path, out var target));
        var request = new CanonicalRequest { Host = canonical, Port = 443, Scheme = "https", Method = method, Target = target };
        var matched = matcher.Matches(0, matcher.FindHost(canonical), request, out var rule);
        Assert.Equal(matched, rule is not null);
        Assert.Equal(rule?.Rule + 1, rule?.At.Line);
        return rule?.Rule;
    }
}
