using System.Net;
using System.Text;
using System.Text.Json;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Tests.Audit;
using IronProxy.Runtime.Tests.Protocols.Dns;
using IronProxy.Testing;
using static IronProxy.Testing.ScriptedDnsRecord;

namespace IronProxy.Runtime.Tests.Dns;

public sealed class DnsQuestionLogTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_question_leaves_one_line(bool tcp)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Name.StartsWith("none", StringComparison.Ordinal) ? q.Nothing(3, 30) : q.Answer(Address(q.Name, "172.16.0.9")));
        await using var lookups = DnsPlans.Lookups(upstream.Endpoint, TimeProvider.System);
        byte[][] messages =
        [
            QueryBytes.Of("API.openai.com", QueryBytes.A),
            QueryBytes.Of("api.openai.com", QueryBytes.Https),
            QueryBytes.Of("api.openai.com", 65280),
            QueryBytes.Of("", 2),
            QueryBytes.Of("api.openai.com", QueryBytes.Axfr),
            QueryBytes.Of("version.bind", QueryBytes.Txt, dnsClass: 3),
            QueryBytes.Of("a \"b\\\n\u00e9.test", QueryBytes.A),
            QueryBytes.Of("host.internal.corp", QueryBytes.A),
            QueryBytes.Of("none.internal.corp", QueryBytes.A),
            QueryBytes.Of("host.internal.corp", QueryBytes.Txt),
            QueryBytes.Header(1, 0x0100),
            QueryBytes.Header(1, 0x2000),
            [.. QueryBytes.Header(1, 0x0100, additionals: 1), .. QueryBytes.Of("a.test", QueryBytes.A)[12..], .. QueryBytes.Edns(1232, version: 1)],
        ];

        // Over UDP the line of a question that is passed through may come behind that of the next one.
        string[] expected =
        [
            "info API.openai.com A own NOERROR",
            "info api.openai.com HTTPS own NOERROR",
            "info api.openai.com TYPE65280 own NOERROR",
            "info  NS own NOERROR",
            "warn api.openai.com AXFR denied REFUSED",
            "warn version.bind TXT denied REFUSED",
                @"warn a\032""b\092\010\233.test A error NXDOMAIN",
            "info host.internal.corp A passed_through NOERROR",
            "info none.internal.corp A passed_through NXDOMAIN",
            "warn host.internal.corp TXT denied NOERROR",
            "warn - - error FORMERR",
            "warn - - error NOTIMP",
            "warn a.test A error BADVERS",
        ];
        var lines = await RecordAsync(DnsPlans.Of(passthrough: 0), lookups, messages, tcp);
        Assert.Equal(expected.Order(StringComparer.Ordinal), lines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Unlisted_names_are_denied()
    {
        Assert.Equal(
            ["warn x.attacker.test A denied NXDOMAIN", "warn corp A denied NOERROR"],
            await RecordAsync(DnsPlans.Of() with { DenyUnlisted = true }, null, [QueryBytes.Of("x.attacker.test", QueryBytes.A), QueryBytes.Of("corp", QueryBytes.A)], tcp: false));
    }

    [Fact]
    public async Task What_was_not_even_asked_is_an_error()
    {
        Assert.Equal(
            ["warn host.internal.corp A error SERVFAIL"],
            await RecordAsync(DnsPlans.Of(passthrough: 0), null, [QueryBytes.Of("host.internal.corp", QueryBytes.A)], tcp: false));
    }

    [Fact]
    public async Task A_name_server_that_fails_was_asked_all_the_same()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(code: 2));
        await using var lookups = DnsPlans.Lookups(upstream.Endpoint, TimeProvider.System);
        Assert.Equal(
            ["info host.internal.corp A passed_through SERVFAIL"],
            await RecordAsync(DnsPlans.Of(passthrough: 0), lookups, [QueryBytes.Of("host.internal.corp", QueryBytes.A)], tcp: false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_denied_questions_alone_those_that_are_passed_through_or_answered_leave_no_line(bool tcp)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Address(q.Name, "172.16.0.9")));
        await using var lookups = DnsPlans.Lookups(upstream.Endpoint, TimeProvider.System);
        Assert.Equal(
            ["warn host.internal.corp TXT denied NOERROR"],
            await RecordAsync(
                DnsPlans.Of(passthrough: 0),
                lookups,
                [QueryBytes.Of("host.internal.corp", QueryBytes.A), QueryBytes.Of("api.openai.com", QueryBytes.A), QueryBytes.Of("host.internal.corp", QueryBytes.Txt)],
                tcp,
                deniedOnly: true));
    }

    [Fact]
    public void Of_denied_questions_alone_those_that_were_answered_leave_none()
    {
        using var output = new ScriptedOutput();
        var denied = DnsQuestionLog.Of(new LogPlan("error") { Dns = "denied" }, new LineSink(output, TimeProvider.System), TimeProvider.System)!;
        var all = DnsQuestionLog.Of(new LogPlan("error") { Dns = "all" }, new LineSink(output, TimeProvider.System), TimeProvider.System)!;
        DnsOutcome[] outcomes = [DnsOutcome.Drop, DnsOutcome.Own, DnsOutcome.Denied, DnsOutcome.Error, DnsOutcome.PassThrough];
        Assert.Equal([DnsOutcome.Denied, DnsOutcome.Error], outcomes.Where(denied.Wants));
        Assert.Equal(outcomes[1..], outcomes.Where(all.Wants));
        Assert.Null(DnsQuestionLog.Of(new LogPlan("debug"), new LineSink(output, TimeProvider.System), TimeProvider.System));
        Assert.Throws<PlanException>(() => DnsQuestionLog.Of(new LogPlan("info") { Dns = "some" }, new LineSink(output, TimeProvider.System), TimeProvider.System));
    }

    /// <summary>The longest name there is, each byte of it to be escaped twice.</summary>
    [Fact]
    public async Task A_line_is_bounded_and_one_line()
    {
        var labels = new[] { 63, 63, 63, 61 }.SelectMany(n => QueryBytes.Label([.. Enumerable.Repeat((byte)'\n', n)]));
        byte[] query = [.. QueryBytes.Header(1, 0x0100), .. labels, 0, .. QueryBytes.Number(1), .. QueryBytes.Number(1)];
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System);
        await AskAllAsync(DnsPlans.Of(), null, [query], tcp: false, sink);
        var text = Encoding.UTF8.GetString(output.Written);
        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        Assert.InRange(text.Length, 1250, 1600);
        Assert.Equal((4 * 250) + 3, JsonDocument.Parse(text).RootElement.GetProperty("dns").GetProperty("name").GetString()!.Length);
    }

    /// <summary>Whoever can ask could else keep requests from being recorded, and so from being let through.</summary>
    [Fact]
    public async Task Questions_take_no_more_than_half_of_the_queue_and_wait_for_nobody()
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System);
        output.Stall();
        var log = new DnsQuestionLog(sink, TimeProvider.System, deniedOnly: false);
        while (sink.DroppedLines < 3)
        {
            log.Write(DnsOutcome.Denied, default, new byte[12], new IPEndPoint(IPAddress.Loopback, 1), udp: true);
        }

        Assert.InRange(sink.TakenBytes, LineSink.Capacity / 2, (LineSink.Capacity / 2) + 1024);
        Assert.True(sink.TryAdmit());
        sink.Write("record"u8);
        output.Release();
        await sink.FlushAsync().WaitAsync(Patience.Event);
        Assert.EndsWith("record\n", Encoding.UTF8.GetString(output.Written), StringComparison.Ordinal);
    }

    private static async Task<string[]> RecordAsync(DnsPlan plan, DnsLookups? lookups, byte[][] messages, bool tcp, bool deniedOnly = false)
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System);
        await AskAllAsync(plan, lookups, messages, tcp, sink, deniedOnly);
        return [.. Encoding.UTF8.GetString(output.Written).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => Describe(l, tcp))];
    }

    private static async Task AskAllAsync(DnsPlan plan, DnsLookups? lookups, byte[][] messages, bool tcp, LineSink sink, bool deniedOnly = false)
    {
        await using (var server = DnsPlans.Server(plan, DnsPlans.Tables(), lookups, TimeProvider.System, sink, deniedOnly: deniedOnly).Started())
        {
            foreach (var message in messages)
            {
                await DnsTestClient.AskAsync(server.Endpoint, message, tcp);
            }
        }

        // Lines are written behind the answers; a server that has stopped has written them.
        await sink.FlushAsync().WaitAsync(Patience.Event);
    }

    private static string Describe(string line, bool tcp)
    {
        var root = JsonDocument.Parse(line).RootElement;
        var dns = root.GetProperty("dns");
        Assert.Equal("dns", root.GetProperty("msg").GetString());
        Assert.True(IPEndPoint.Parse(dns.GetProperty("client").GetString()!).Address.Equals(IPAddress.Loopback));
        Assert.Equal(tcp ? "tcp" : "udp", dns.GetProperty("transport").GetString());
        string Text(string member) => dns.TryGetProperty(member, out var value) ? value.GetString()! : "-";
        return $"{root.GetProperty("level").GetString()} {Text("name")} {Text("type")} {Text("answer")} {Text("rcode")}";
    }
}
