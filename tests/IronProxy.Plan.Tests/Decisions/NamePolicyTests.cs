using FsCheck;
using FsCheck.Fluent;
using IronProxy.Plan.Matching;

namespace IronProxy.Plan.Tests.Decisions;

public sealed class NamePolicyTests
{
    private static readonly MatchTables Tables = new MatchTablesBuilder()
        .AddSet(
            new TestRule("api.openai.com", Methods: ["POST"], Ports: [8443]),
            new TestRule("*.anthropic.com"),
            new TestRule("db-*.corp.example"),
            new TestRule("www.*.shop.example"),
            new TestRule(null, "10.0.0.0/8"))
        .AddSet(new TestRule("*.internal.corp.test"), new TestRule("ldap.test"))
        .AddSet(new TestRule("secrets.example"), new TestRule("*"))
        .AddSet(new TestRule("*.openai.com"), new TestRule("only.second.test"))
        .Build();

    private static readonly DnsRecordPlan[] Records =
        [new("db.local", "A", "10.0.0.5"), new("alias.home", "CNAME", "target.of.alias")];

    private static AllowlistStepPlan Allowlist(int rules, bool warn = false) => new() { At = default, Rules = rules, Warn = warn };

    private static NamePolicy Policy(bool deny, params AllowlistStepPlan[] allowlists) =>
        new(new DnsPlan { DenyUnlisted = deny ? true : null, Passthrough = 1, Records = [.. Records] }, allowlists, Tables, new PlanMatcher(Tables));

    [Theory]
    [InlineData("api.openai.com", NameVerdict.Proxy)] // Whatever its rule asks of method and port.
    [InlineData("x.api.openai.com", NameVerdict.Denied)]
    [InlineData("api.openai.com.evil.test", NameVerdict.Denied)]
    [InlineData("openai.com", NameVerdict.DeniedAbove)]
    [InlineData("com", NameVerdict.DeniedAbove)]
    [InlineData("anthropic.com", NameVerdict.Proxy)]
    [InlineData("a.b.anthropic.com", NameVerdict.Proxy)]
    [InlineData("notanthropic.com", NameVerdict.Denied)]
    [InlineData("db-1.corp.example", NameVerdict.Proxy)]
    [InlineData("db1.corp.example", NameVerdict.Denied)]
    [InlineData("x.db-1.corp.example", NameVerdict.Denied)]
    [InlineData("corp.example", NameVerdict.DeniedAbove)]
    [InlineData("www.a.shop.example", NameVerdict.Proxy)]
    [InlineData("a.shop.example", NameVerdict.DeniedAbove)]
    [InlineData("ftp.a.shop.example", NameVerdict.Denied)]
    [InlineData("c2vjcmv0.attacker.test", NameVerdict.Denied)]
    [InlineData("secrets.example", NameVerdict.Denied)] // A rule of a secret lets nothing through.
    [InlineData("host.internal.corp.test", NameVerdict.PassedThrough)]
    [InlineData("internal.corp.test", NameVerdict.PassedThrough)]
    [InlineData("corp.test", NameVerdict.DeniedAbove)]
    [InlineData("ldap.test", NameVerdict.PassedThrough)]
    [InlineData("x.ldap.test", NameVerdict.Denied)]
    [InlineData("db.local", NameVerdict.Record)]
    [InlineData("local", NameVerdict.DeniedAbove)]
    [InlineData("x.db.local", NameVerdict.Denied)]
    [InlineData("alias.home", NameVerdict.Record)]
    [InlineData("target.of.alias", NameVerdict.Proxy)]
    [InlineData("of.alias", NameVerdict.DeniedAbove)]
    public void Only_names_that_an_allowlist_has_a_rule_for_lead_to_the_proxy(string name, NameVerdict expected) =>
        Assert.Equal(expected, Policy(deny: true, Allowlist(0)).Decide(Canonical.Host(name)));

    [Theory]
    [InlineData("x.attacker.test", NameVerdict.Proxy)]
    [InlineData("com", NameVerdict.Proxy)]
    [InlineData("host.internal.corp.test", NameVerdict.PassedThrough)]
    [InlineData("db.local", NameVerdict.Record)]
    public void Unless_it_is_asked_for_every_name_leads_to_the_proxy(string name, NameVerdict expected) =>
        Assert.Equal(expected, Policy(deny: false, Allowlist(0)).Decide(Canonical.Host(name)));

    [Fact]
    public void A_name_must_be_on_every_allowlist_that_denies()
    {
        var policy = Policy(deny: true, Allowlist(0), Allowlist(3), Allowlist(1, warn: true));
        Assert.Equal(NameVerdict.Proxy, policy.Decide(Canonical.Host("api.openai.com")));
        Assert.Equal(NameVerdict.Denied, policy.Decide(Canonical.Host("a.anthropic.com")));
        Assert.Equal(NameVerdict.Denied, policy.Decide(Canonical.Host("only.second.test")));
        Assert.Equal(NameVerdict.Denied, policy.Decide(Canonical.Host("second.test")));
        Assert.Equal(NameVerdict.DeniedAbove, policy.Decide(Canonical.Host("com")));
    }

    [Fact]
    public void Where_every_allowlist_only_warns_every_name_is_listed_and_without_one_none_is()
    {
        Assert.Equal(NameVerdict.Proxy, Policy(deny: true, Allowlist(0, warn: true)).Decide(Canonical.Host("x.attacker.test")));
        Assert.Equal(NameVerdict.Denied, Policy(deny: true).Decide(Canonical.Host("api.openai.com")));
        Assert.Equal(NameVerdict.Denied, Policy(deny: true).Decide(Canonical.Host("com")));
    }

    [Fact]
    public void Below_a_name_that_is_passed_through_only_listed_names_are_answered()
    {
        var policy = Policy(deny: true, Allowlist(0));
        Assert.False(policy.IsAnsweredBelow(Canonical.Host("ldap.test")));
        Assert.True(policy.IsAnsweredBelow(Canonical.Host("openai.com")));
        Assert.True(policy.IsAnsweredBelow(Canonical.Host("local")));
        Assert.True(Policy(deny: false, Allowlist(0)).IsAnsweredBelow(Canonical.Host("ldap.test")));
        Assert.False(Policy(deny: false, Allowlist(0)).IsAnsweredBelow(Canonical.Host("x.internal.corp.test")));
    }

    [Fact]
    public void A_decision_allocates_nothing()
    {
        var policy = Policy(deny: true, Allowlist(0));
        var names = new[] { "api.openai.com", "openai.com", "x.attacker.test", "db-1.corp.example", "db.local", "host.internal.corp.test", "a.shop.example" }
            .Select(n => Canonical.Host(n)).ToArray();
        for (var round = 0; round < 50; round++)
        {
            DecideAll(); // Until the compiler is done with it.
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        DecideAll();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void DecideAll()
        {
            foreach (var name in names)
            {
                policy.Decide(name);
            }
        }
    }

    /// <summary>RFC 8020: that a name does not exist says that none below it does.</summary>
    [Fact]
    public void Nothing_below_a_denied_name_is_listed_and_something_below_any_other_one_is()
    {
        var label = Gen.Elements("a", "b", "ab", "com");
        var glob = Gen.Frequency((3, label), (2, Gen.Elements("*", "?", "a*", "*b")));
        var name = Gen.Choose(1, 3).SelectMany(n => label.ArrayOf(n)).Select(l => string.Join('.', l));
        var pattern =
            from labels in Gen.Choose(1, 4).SelectMany(n => glob.ArrayOf(n))
            from deep in Gen.Elements("", "*.")
            select labels is ["*", ..] ? string.Join('.', ["a*", .. labels[1..]]) : deep + string.Join('.', labels);
        Prop.ForAll(pattern.ToArbitrary(), name.ToArbitrary(), (p, n) =>
        {
            var tables = new MatchTablesBuilder().AddSet(new TestRule(p)).Build();
            var listed = new ListedNames([Allowlist(0)], tables, new PlanMatcher(tables));
            var parsed = HostPattern.Parse(p);
            var own = parsed.Name.Split('.');
            var depth = n.Split('.').Length;

            // What the pattern has more than the name, with its wildcards filled, and one label more for a leading "*.".
            string[] more = own.Length > depth ? [.. own[..^depth].Select(l => l.Replace('?', 'a').Replace("*", "", StringComparison.Ordinal) is { Length: > 0 } filled ? filled : "a")] : [];
            string[] witnesses = [string.Join('.', [.. more, n]), $"x.{n}", string.Join('.', ["x", .. more, n])];
            var isBelow = witnesses.Any(w => w != n && parsed.Matches(w));

            // A name that is listed itself may be taken for one with others below: it is never denied.
            var found = listed.MayHaveNamesBelow(Canonical.Host(n));
            Assert.True(found == isBelow || (found && parsed.Matches(n)), $"{p} and {n}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }
}
