using IronProxy.Plan;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Tests.Protocols.Dns;
using IronProxy.Testing;
using static IronProxy.Testing.ScriptedDnsRecord;

namespace IronProxy.Runtime.Tests.Dns;

/// <summary>Names that no allowlist has a rule for do not exist.</summary>
public sealed class DenyUnlistedTests
{
    /// <summary>Rule set 0 is passed through, rule set 1 is the allowlist.</summary>
    private static readonly MatchTables Tables = new()
    {
        Hosts = [new HostPatternPlan("*.internal.corp", 1), new HostPatternPlan("*.wild.example", 2), new HostPatternPlan("api.openai.com", 2)],
        Cidrs = [],
        Conditions = [new ConditionPlan()],
        Rules =
        [
            new RuleSetPlan([new RulePlan { Host = 0, When = 0, At = default }]),
            new RuleSetPlan([new RulePlan { Host = 1, When = 0, At = default }, new RulePlan { Host = 2, When = 0, At = default }]),
        ],
        Classes = [new HostClassPlan([]), new HostClassPlan([new RuleSetUse(0, [0])]), new HostClassPlan([new RuleSetUse(1, [0])])],
    };

    private static readonly DnsRecordPlan[] Records = [DnsPlans.A("db.local", "10.0.0.5"), DnsPlans.Cname("alias.local", "real.elsewhere.test")];

    private static readonly DnsPlan Plan = DnsPlans.Of(passthrough: 0, records: Records) with { DenyUnlisted = true };

    private static DnsServer Start(DnsLookups? lookups = null) =>
        DnsPlans.Server(Plan, Tables, lookups, TimeProvider.System, allowlist: 1).Started();

    [Theory]
    [InlineData("api.openai.com", QueryBytes.A, "NoError api.openai.com A 10.9.8.7")]
    [InlineData("API.OpenAI.com", QueryBytes.A, "NoError API.OpenAI.com A 10.9.8.7")]
    [InlineData("api.openai.com", QueryBytes.Aaaa, "NoError")]
    [InlineData("any.depth.wild.example", QueryBytes.A, "NoError any.depth.wild.example A 10.9.8.7")]
    [InlineData("c2VjcmV0.attacker.test", QueryBytes.A, "NameError")]
    [InlineData("c2VjcmV0.attacker.test", QueryBytes.Aaaa, "NameError")]
    [InlineData("c2VjcmV0.attacker.test", QueryBytes.Txt, "NameError")]
    [InlineData("c2VjcmV0.attacker.test", QueryBytes.Any, "NameError")]
    [InlineData("c2VjcmV0.attacker.test", QueryBytes.Https, "NameError")]
    [InlineData("c2VjcmV0.api.openai.com", QueryBytes.A, "NameError")]
    [InlineData("openai.com", QueryBytes.A, "NoError")]
    [InlineData("com", QueryBytes.A, "NoError")]
    [InlineData("corp", QueryBytes.A, "NoError")]
    [InlineData("", QueryBytes.A, "NoError")]
    [InlineData("test", QueryBytes.A, "NoError")]
    [InlineData("db.local", QueryBytes.A, "NoError db.local A 10.0.0.5")]
    [InlineData("other.local", QueryBytes.A, "NameError")]
    [InlineData("alias.local", QueryBytes.A, "NoError alias.local Cname real.elsewhere.test, real.elsewhere.test A 10.9.8.7")]
    [InlineData("real.elsewhere.test", QueryBytes.A, "NoError real.elsewhere.test A 10.9.8.7")]
    public async Task Only_listed_names_exist(string name, int type, string expected)
    {
        await using var server = Start();
        Assert.Equal(expected, await DnsTestClient.LookUpAsync(server.Endpoint, name, type, tcp: false));
        Assert.Equal(expected, await DnsTestClient.LookUpAsync(server.Endpoint, name, type, tcp: true));
    }

    [Fact]
    public async Task What_is_passed_through_still_is_and_denied_names_never_leave()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Address(q.Name, "172.16.0.9")));
        await using var server = Start(DnsPlans.Lookups(upstream.Endpoint, TimeProvider.System));
        Assert.Equal("NoError a.internal.corp A 172.16.0.9", await DnsTestClient.LookUpAsync(server.Endpoint, "a.internal.corp", QueryBytes.A));
        Assert.Equal("NameError", await DnsTestClient.LookUpAsync(server.Endpoint, "a.internal.corp.attacker.test", QueryBytes.A));
        Assert.Equal(["a.internal.corp"], upstream.Received.Select(q => q.Name));
    }

    [Fact]
    public async Task Denied_questions_are_counted()
    {
        await using var server = Start();
        await DnsTestClient.LookUpAsync(server.Endpoint, "x.attacker.test", QueryBytes.A);
        await DnsTestClient.LookUpAsync(server.Endpoint, "com", QueryBytes.A);
        await DnsTestClient.LookUpAsync(server.Endpoint, "api.openai.com", QueryBytes.A);
        await DnsTestClient.LookUpAsync(server.Endpoint, "-bad.example", QueryBytes.A);
        Assert.Equal(
            ["own 1", "denied 2", "error 1", "passed_through 0", "none 0"],
            server.Counters.Read().Select(m => $"{m.Tags[0].Value} {m.Value}"));
    }

    /// <summary>The name as it came and in canonical form is all that is allocated: for each two texts.</summary>
    [Theory]
    [InlineData("api.openai.com")]
    [InlineData("c2vjcmv0.attacker.test")]
    [InlineData("openai.com")]
    public void An_answer_allocates_no_more_than_the_name(string name)
    {
        var answers = DnsPlans.Answers(Plan, Tables, allowlist: 1);
        var query = QueryBytes.Of(name, QueryBytes.A, udpSize: 1232);
        var response = new byte[2048];
        var text = (22 + (2 * name.Length) + 7) / 8 * 8;
        var allocated = long.MaxValue;

        // Until the compiler is done with it, which takes as long as the machine is busy.
        for (var start = TimeProvider.System.GetTimestamp(); allocated > 2 * text && TimeProvider.System.GetElapsedTime(start) < Patience.Event;)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            answers.Answer(query, udp: true, response, out _, out _);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.InRange(allocated, 0, 2 * text);
    }
}
