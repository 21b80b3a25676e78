using System.Net;
using IronProxy.Plan;
using IronProxy.Plan.Matching;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Dns;
using Microsoft.Extensions.Logging.Abstractions;

namespace IronProxy.Runtime.Tests.Dns;

/// <summary>Small plans for DNS tests. All listen on a free loopback port.</summary>
internal static class DnsPlans
{
    public static DnsPlan Of(string proxyIp = "10.9.8.7", int? passthrough = null, params DnsRecordPlan[] records) => new()
    {
        Listen = new ListenAddress("127.0.0.1", 0),
        ProxyIp = proxyIp,
        Passthrough = passthrough,
        Records = [.. records],
    };

    /// <summary>A server of a plan. It is not bound.</summary>
    public static DnsServer Server(DnsPlan plan, MatchTables tables, DnsLookups? lookups, TimeProvider time, LineSink? questions = null, int allowlist = 0, bool deniedOnly = false)
    {
        var answers = Answers(plan, tables, allowlist);
        var log = questions is null ? null : new DnsQuestionLog(questions, time, deniedOnly);
        return new DnsServer(plan.Listen!, () => answers, lookups, log, NullLogger<DnsServer>.Instance, time); // Of() sets it.
    }

    /// <summary>Lets a server answer.</summary>
    public static DnsServer Started(this DnsServer server)
    {
        server.Bind();
        server.Start();
        return server;
    }

    /// <summary>The answers of a plan whose one allowlist has a rule set.</summary>
    public static DnsAnswers Answers(DnsPlan plan, MatchTables tables, int allowlist = 0) =>
        new(plan, new NamePolicy(plan, [new AllowlistStepPlan { At = default, Rules = allowlist }], tables, new PlanMatcher(tables)));

    /// <summary>Lookups that ask one name server.</summary>
    public static DnsLookups Lookups(IPEndPoint server, TimeProvider time)
    {
        var settings = new ResolverSettings { Servers = [server] };
        return new DnsLookups(new DnsUpstream(() => settings, time), time);
    }

    public static DnsRecordPlan A(string name, string value) => new(name, "A", value);

    public static DnsRecordPlan Cname(string name, string value) => new(name, "CNAME", value);

    /// <summary>Tables whose rule set 0 has the pattern.</summary>
    public static MatchTables Tables(string pattern = "*.internal.corp") => new()
    {
        Hosts = [new HostPatternPlan(pattern, 1)],
        Cidrs = [],
        Conditions = [new ConditionPlan()],
        Rules = [new RuleSetPlan([new RulePlan { Host = 0, When = 0, At = default! }])],
        Classes = [new HostClassPlan([]), new HostClassPlan([new RuleSetUse(0, [0])])],
    };
}
