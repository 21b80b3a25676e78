using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;
using IronProxy.Runtime.Tests.Protocols.Dns;
using IronProxy.Testing;
using static IronProxy.Testing.ScriptedDnsRecord;

namespace IronProxy.Runtime.Tests.Dns;

public sealed class DnsPassThroughTests
{
    private const string Name = "host.internal.corp";

    private static DnsServer Start(ScriptedDnsUpstream? upstream, TimeProvider? time = null, int? passthrough = 0, DnsRecordPlan[]? records = null, string pattern = "*.internal.corp")
    {
        var lookups = upstream is null ? null : DnsPlans.Lookups(upstream.Endpoint, time ?? TimeProvider.System);
        var plan = DnsPlans.Of(passthrough: passthrough, records: records ?? []);
        return DnsPlans.Server(plan, DnsPlans.Tables(pattern), lookups, TimeProvider.System).Started();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_name_that_matches_is_answered_by_upstream(bool tcp)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Alias(q.Name, "db.internal.corp"), Address("db.internal.corp", "172.16.0.9")));
        await using var server = Start(upstream);
        Assert.Equal(
            "NoError Host.Internal.Corp Cname db.internal.corp, db.internal.corp A 172.16.0.9",
            await DnsTestClient.LookUpAsync(server.Endpoint, "Host.Internal.Corp", QueryBytes.A, tcp));

        // What leaves is the canonical name: letter case could carry data out.
        var asked = Assert.Single(upstream.Received);
        Assert.Equal((Name, QueryBytes.A, false), (asked.Name, asked.Type, asked.Tcp));
    }

    [Theory]
    [InlineData(QueryBytes.Aaaa, "2001:db8::9", "NoError host.internal.corp Aaaa 2001:db8::9")]
    [InlineData(QueryBytes.Cname, null, "NoError host.internal.corp Cname db.internal.corp")]
    public async Task AAAA_and_CNAME_are_passed_through_too(int type, string? address, string expected)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q =>
            q.Answer(address is null ? Alias(q.Name, "db.internal.corp") : Address(q.Name, address)));
        await using var server = Start(upstream);
        Assert.Equal(expected, await DnsTestClient.LookUpAsync(server.Endpoint, Name, type));
    }

    [Theory]
    [InlineData(QueryBytes.Txt)]
    [InlineData(QueryBytes.Mx)]
    [InlineData(QueryBytes.Https)]
    [InlineData(QueryBytes.Any)]
    [InlineData(65280)]
    public async Task Types_that_could_carry_data_get_an_empty_answer_and_never_leave(int type)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Text(q.Name, "data")));
        await using var server = Start(upstream);
        Assert.Equal("NoError", await DnsTestClient.LookUpAsync(server.Endpoint, Name, type));
        Assert.Empty(upstream.Received);
    }

    /// <summary>RFC 2308: how long it holds that there is nothing comes along, and not for longer than the proxy itself believes it.</summary>
    [Theory]
    [InlineData(3, 20, 20)]
    [InlineData(0, 20, 20)]
    [InlineData(3, 86400, 30)]
    public async Task That_there_is_nothing_is_said_with_the_time_that_it_holds(int code, int given, int expected)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Nothing(code, (uint)given));
        await using var server = Start(upstream, time: new StoppedTime());
        var query = QueryBytes.Of("deep." + Name, QueryBytes.A);
        var answer = await DnsTestClient.AskUdpAsync(server.Endpoint, query);
        Assert.Equal(ParseStatus.Done, DnsResponseParser.TryParse(answer, query, out var response));
        Assert.Equal(((DnsResponseCode)code, (uint)expected), (response!.Code, response.NegativeTtl));
    }

    [Fact]
    public async Task Where_the_name_server_gives_no_time_none_is_made_up()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(code: 3));
        await using var server = Start(upstream);
        Assert.Equal(0, (await DnsTestClient.AskUdpAsync(server.Endpoint, QueryBytes.Of("deep." + Name, QueryBytes.A)))[9]);
    }

    [Theory]
    [InlineData("evilinternal.corp")]
    [InlineData("internal.corp.evil.example")]
    [InlineData("api.openai.com")]
    public async Task Names_that_no_pattern_matches_never_leave(string name)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Address(q.Name, "192.0.2.1")));
        await using var server = Start(upstream);
        Assert.Equal($"NoError {name} A 10.9.8.7", await DnsTestClient.LookUpAsync(server.Endpoint, name, QueryBytes.A));
        Assert.Empty(upstream.Received);
    }

    [Fact]
    public async Task Without_patterns_nothing_leaves()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Address(q.Name, "192.0.2.1")));
        await using var server = Start(upstream, passthrough: null);
        Assert.Equal($"NoError {Name} A 10.9.8.7", await DnsTestClient.LookUpAsync(server.Endpoint, Name, QueryBytes.A));
        Assert.Empty(upstream.Received);
    }

    [Fact]
    public async Task Names_that_are_no_host_names_never_leave()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer());
        await using var server = Start(upstream);
        Assert.Equal("NameError", await DnsTestClient.LookUpAsync(server.Endpoint, "a b.internal.corp", QueryBytes.A));
        Assert.Equal("NameError", await DnsTestClient.LookUpAsync(server.Endpoint, "a\u00ff.internal.corp", QueryBytes.A));
        Assert.Empty(upstream.Received);
    }

    [Fact]
    public async Task Records_that_were_not_asked_for_do_not_reach_the_client()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Address(q.Name, "172.16.0.9"), Address(q.Name, "2001:db8::9"), Text(q.Name, "data")));
        await using var server = Start(upstream);
        Assert.Equal($"NoError {Name} A 172.16.0.9", await DnsTestClient.LookUpAsync(server.Endpoint, Name, QueryBytes.A));
    }

    [Theory]
    [InlineData(3, "NameError")]
    [InlineData(5, "ServerFailure")]
    [InlineData(2, "ServerFailure")]
    public async Task Only_that_a_name_does_not_exist_is_passed_on(int code, string expected)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(code));
        await using var server = Start(upstream);
        Assert.Equal(expected, await DnsTestClient.LookUpAsync(server.Endpoint, Name, QueryBytes.A));
    }

    /// <summary>RFC 8020: below a name that does not exist nothing does, and here something may.</summary>
    [Theory]
    [InlineData("host.internal.corp", "NoError")]
    [InlineData("a.host.internal.corp", "NameError")]
    [InlineData("other.internal.corp", "NameError")]
    public async Task A_name_above_a_static_record_exists(string name, string expected)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(3));
        await using var server = Start(upstream, records: [DnsPlans.A("db.host.internal.corp", "10.0.0.5")]);
        Assert.Equal(expected, await DnsTestClient.LookUpAsync(server.Endpoint, name, QueryBytes.A));
    }

    [Fact]
    public async Task A_name_that_is_passed_through_alone_exists_since_those_below_it_lead_to_the_proxy()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(3));
        await using var server = Start(upstream, pattern: "internal.corp");
        Assert.Equal("NoError", await DnsTestClient.LookUpAsync(server.Endpoint, "internal.corp", QueryBytes.A));
        Assert.Equal("NoError www.internal.corp A 10.9.8.7", await DnsTestClient.LookUpAsync(server.Endpoint, "www.internal.corp", QueryBytes.A));
    }

    [Fact]
    public async Task Answers_are_kept_and_grow_older()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Type == QueryBytes.A ? q.Answer(Address(q.Name, "172.16.0.9", ttl: 40)) : q.Nothing(3, ttl: 20));
        var time = new ManualTime();
        await using var server = Start(upstream, time);
        Assert.Equal(40, await TtlAsync());
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(25, await TtlAsync());
        Assert.Single(upstream.Received);

        Assert.Equal("NameError", await DnsTestClient.LookUpAsync(server.Endpoint, Name, QueryBytes.Aaaa));
        Assert.Equal("NameError", await DnsTestClient.LookUpAsync(server.Endpoint, Name, QueryBytes.Aaaa));
        Assert.Equal(2, upstream.Received.Count);

        async Task<int> TtlAsync()
        {
            var query = QueryBytes.Of(Name, QueryBytes.A);
            var answer = await DnsTestClient.AskUdpAsync(server.Endpoint, query);
            return answer[query.Length + 9]; // Behind a pointer, type, class and the upper bytes.
        }
    }

    [Fact]
    public async Task Unanswered_names_of_one_client_leave_the_others_theirs()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Name.StartsWith("silent", StringComparison.Ordinal) ? null : q.Answer(Address(q.Name, "172.16.0.9")));
        await using var server = Start(upstream, new StoppedTime());
        using var greedy = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        greedy.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.10"), 0));
        await greedy.ConnectAsync(server.Endpoint);

        // A refusal says that the client holds all that it gets: from then on nothing of its own is free.
        var buffer = new byte[512];
        using var patience = new CancellationTokenSource(Patience.Event);
        for (var i = 0; i < 300; i++)
        {
            await greedy.SendAsync(QueryBytes.Of($"silent{i}.internal.corp", QueryBytes.A));
            if (i >= DnsLookups.MaxUnderWay / 2)
            {
                await greedy.ReceiveAsync(buffer, patience.Token);
                Assert.Equal(2, buffer[3] & 0x0F);
            }
        }

        Assert.Equal($"NoError {Name} A 172.16.0.9", await DnsTestClient.LookUpAsync(server.Endpoint, Name, QueryBytes.A));
        Assert.Equal("NoError other.internal.corp A 172.16.0.9", await DnsTestClient.LookUpAsync(server.Endpoint, "other.internal.corp", QueryBytes.A, tcp: true));
    }

    [Fact]
    public async Task A_question_that_is_repeated_is_asked_once_and_waits_within_the_bound()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Name.StartsWith("silent", StringComparison.Ordinal) ? null : q.Answer(Address(q.Name, "172.16.0.9")));
        await using var server = Start(upstream, new StoppedTime());
        using var greedy = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        greedy.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.10"), 0));
        await greedy.ConnectAsync(server.Endpoint);
        var buffer = new byte[512];
        using var patience = new CancellationTokenSource(Patience.Event);
        for (var i = 0; i < (DnsPassThrough.MaxWaiting / 2) + 10; i++)
        {
            await greedy.SendAsync(QueryBytes.Of("silent.internal.corp", QueryBytes.A));
            if (i % 20 == 0)
            {
                // Answers in between keep the datagrams from overflowing the server's socket.
                await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.A);
            }
        }

        await greedy.ReceiveAsync(buffer, patience.Token);
        Assert.Equal(2, buffer[3] & 0x0F);
        Assert.Equal($"NoError {Name} A 172.16.0.9", await DnsTestClient.LookUpAsync(server.Endpoint, Name, QueryBytes.A));
        Assert.Single(upstream.Received, q => q.Name == "silent.internal.corp");
    }

    [Fact]
    public async Task A_truncated_answer_is_asked_again_over_TCP()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Tcp ? q.Answer(Address(q.Name, "172.16.0.9")) : q.Truncated());
        await using var server = Start(upstream);
        Assert.Equal($"NoError {Name} A 172.16.0.9", await DnsTestClient.LookUpAsync(server.Endpoint, Name, QueryBytes.A));
        Assert.Equal("False True", string.Join(' ', upstream.Received.Select(q => q.Tcp)));
    }

    [Fact]
    public async Task Ids_and_ports_are_fresh_for_each_query()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Address(q.Name, "172.16.0.9")));
        await using var server = Start(upstream);
        for (var i = 0; i < 10; i++)
        {
            await DnsTestClient.LookUpAsync(server.Endpoint, $"host{i}.internal.corp", QueryBytes.A);
        }

        // The clients' id is the same each time; chance alone makes two of ten equal once in thousands of runs.
        Assert.InRange(upstream.Received.Select(q => q.Id).Distinct().Count(), 9, 10);
        Assert.InRange(upstream.Received.Select(q => q.Port).Distinct().Count(), 6, 10);
    }

    [Fact]
    public async Task An_answer_with_another_id_or_question_is_not_believed()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q =>
        {
            var answer = q.Answer(Address(q.Name, "192.0.2.66"));
            answer[q.Name.Length % 2 == 0 ? 0 : 13] ^= 0x01;
            return answer;
        });
        await using var server = Start(upstream, new HastyTime());
        Assert.Equal("ServerFailure", await DnsTestClient.LookUpAsync(server.Endpoint, "even.internal.corp", QueryBytes.A));
        Assert.Equal("ServerFailure", await DnsTestClient.LookUpAsync(server.Endpoint, "odd.internal.corp", QueryBytes.A));
    }

    [Fact]
    public async Task A_silent_upstream_is_asked_twice_and_then_is_a_failure()
    {
        await using var upstream = ScriptedDnsUpstream.Start(_ => null);
        await using var server = Start(upstream, new HastyTime());
        Assert.Equal("ServerFailure", await DnsTestClient.LookUpAsync(server.Endpoint, Name, QueryBytes.A));

        // The second may still be on its way when its time is over.
        await Patience.UntilAsync(() => Task.FromResult(upstream.Received.Count >= 2));
        Assert.Equal(2, upstream.Received.Count);
    }

    [Fact]
    public async Task Without_upstream_a_name_that_matches_is_a_failure()
    {
        await using var server = Start(null);
        Assert.Equal("ServerFailure", await DnsTestClient.LookUpAsync(server.Endpoint, Name, QueryBytes.A));
    }

    [Fact]
    public async Task Interception_goes_on_while_upstream_is_slow_and_stopping_does_not_wait_for_it()
    {
        await using var upstream = ScriptedDnsUpstream.Start(_ => null);
        var server = Start(upstream);
        var waiting = DnsTestClient.IsSilentUdpAsync(server.Endpoint, QueryBytes.Of(Name, QueryBytes.A));
        Assert.Equal("NoError a.example A 10.9.8.7", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.A));
        Assert.True(await waiting);
        await server.DisposeAsync().AsTask().WaitAsync(Patience.Event);
    }
}
