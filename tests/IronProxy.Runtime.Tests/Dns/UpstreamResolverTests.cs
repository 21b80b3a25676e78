using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Tests.Protocols.Dns;
using IronProxy.Testing;
using static IronProxy.Testing.ScriptedDnsRecord;

namespace IronProxy.Runtime.Tests.Dns;

public sealed class UpstreamResolverTests
{
    private static UpstreamResolver Of(ScriptedDnsUpstream upstream, TimeProvider? time = null, params DnsRecordPlan[] records) =>
        Of(NameSource.OfServer(upstream.Endpoint), time ?? TimeProvider.System, records);

    private static UpstreamResolver Of(NameSource source, TimeProvider time, params DnsRecordPlan[] records) =>
        new(DnsPlans.Of(records: records), source, new DnsLookups(new DnsUpstream(() => source.Settings, time), time), time);

    /// <summary>A resolver of the system's files, whose name servers are all the scripted one.</summary>
    private static UpstreamResolver OfSystem(ScriptedDnsUpstream upstream, Func<string, string> readFile, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        return Of(NameSource.OfSystem(readFile, time, text => ResolvConf.Parse(text, upstream.Endpoint.Port)), time);
    }

    private static async Task<string> ResolveAsync(UpstreamResolver resolver, string name)
    {
        Assert.Null(CanonicalHost.TryCreateFromText(name, out var host));
        return string.Join(' ', (await resolver.ResolveAsync(host, IPAddress.Loopback, CancellationToken.None)).AsEnumerable());
    }

    /// <summary>An upstream with an IPv4 address for every name, and no IPv6 one.</summary>
    private static ScriptedDnsUpstream OneAddress(string address = "192.0.2.1", uint ttl = 30) =>
        ScriptedDnsUpstream.Start(q => q.Type == QueryBytes.A ? q.Answer(Address(q.Name, address, ttl)) : q.Nothing(0, ttl));

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("[2001:db8::1]", "2001:db8::1")]
    [InlineData("[::ffff:10.0.0.1]", "10.0.0.1")]
    public async Task A_literal_address_is_its_own_answer(string host, string expected)
    {
        await using var upstream = OneAddress();
        Assert.Equal(expected, await ResolveAsync(Of(upstream), host));
        Assert.Empty(upstream.Received);
    }

    [Fact]
    public async Task Static_records_come_first_and_aliases_are_followed()
    {
        await using var upstream = OneAddress();
        var resolver = Of(
            upstream,
            records:
            [
                DnsPlans.A("db.local", "10.0.0.5"), DnsPlans.A("db.local", "10.0.0.6"), DnsPlans.Cname("alias.local", "db.local"),
                DnsPlans.Cname("out.local", "api.openai.com"), DnsPlans.Cname("loop.local", "loop.local"),
            ]);
        Assert.Equal("10.0.0.5 10.0.0.6", await ResolveAsync(resolver, "db.local"));
        Assert.Equal("10.0.0.5 10.0.0.6", await ResolveAsync(resolver, "alias.local"));
        Assert.Empty(upstream.Received);

        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "out.local"));
        Assert.All(upstream.Received, q => Assert.Equal("api.openai.com", q.Name));
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "loop.local"));
    }

    [Fact]
    public async Task Both_families_are_asked_for()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Address(q.Name, q.Type == QueryBytes.A ? "192.0.2.1" : "2001:db8::1")));
        Assert.Equal("2001:db8::1 192.0.2.1", await ResolveAsync(Of(upstream), "a.example"));
        Assert.Equal("1 28", string.Join(' ', upstream.Received.Select(q => q.Type).Order()));
    }

    [Fact]
    public async Task An_IPv4_address_inside_an_IPv6_one_comes_out_plain_so_that_no_denied_network_is_missed()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Type == QueryBytes.Aaaa ? q.Answer(Address(q.Name, "::ffff:169.254.169.254")) : q.Answer());
        Assert.Equal("169.254.169.254", await ResolveAsync(Of(upstream), "a.example"));
    }

    [Fact]
    public async Task Only_addresses_at_the_end_of_the_chain_are_believed()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Type != QueryBytes.A ? q.Answer() : q.Answer(
            Address("other.example", "192.0.2.66"), Alias("B.example", "c.example"), Alias(q.Name, "b.example"), Address("c.example", "192.0.2.1")));
        Assert.Equal("192.0.2.1", await ResolveAsync(Of(upstream), "a.example"));
    }

    [Fact]
    public async Task A_chain_that_circles_has_no_address()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(Alias("a.example", "b.example"), Alias("b.example", "a.example")));
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(Of(upstream), "a.example"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_host_without_an_address_is_unresolved(int code)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(code));
        var failure = await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(Of(upstream), "a.example"));
        Assert.Equal("a.example does not resolve.", failure.Message);
    }

    [Fact]
    public async Task One_family_that_fails_leaves_the_other()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Type == QueryBytes.A ? q.Answer(Address(q.Name, "192.0.2.1")) : q.Answer(2));
        var time = new ManualTime();
        var resolver = Of(upstream, time);
        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "a.example"));

        // The half that came is kept as usual, and the other one is asked for again after a second.
        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "a.example"));
        Assert.Equal(2, upstream.Received.Count);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "a.example"));
        Assert.Equal("1 28 28", string.Join(' ', upstream.Received.Select(q => q.Type).Order()));
    }

    [Fact]
    public async Task A_lost_datagram_is_sent_again()
    {
        var lost = 0;
        await using var upstream = ScriptedDnsUpstream.Start(q =>
            Interlocked.Increment(ref lost) <= 2 ? null : q.Type == QueryBytes.A ? q.Answer(Address(q.Name, "192.0.2.1")) : q.Answer());
        Assert.Equal("192.0.2.1", await ResolveAsync(Of(upstream), "a.example"));
    }

    [Fact]
    public async Task A_truncated_answer_is_asked_again_over_TCP()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => !q.Tcp ? q.Truncated()
            : q.Type == QueryBytes.A ? q.Answer(Enumerable.Range(1, 200).Select(i => Address(q.Name, $"192.0.2.{i}")))
            : q.Answer());
        Assert.Equal(200, (await ResolveAsync(Of(upstream), "a.example")).Split(' ').Length);
    }

    [Fact]
    public async Task A_resolver_that_is_not_there_leaves_the_host_unresolved()
    {
        using var placeholder = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        placeholder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var resolver = Of(NameSource.OfServer((IPEndPoint)placeholder.LocalEndPoint!), new HastyTime());
        var failure = await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "a.example"));
        Assert.Equal(Reason.UpstreamUnresolved, failure.Reason);
    }

    [Theory]
    [InlineData(10, 9, 11)]
    [InlineData(3600, 29, 61)]
    public async Task Answers_are_kept_as_long_as_their_records_allow_and_a_minute_at_most(uint ttl, int fresh, int stale)
    {
        await using var upstream = OneAddress(ttl: ttl);
        var time = new ManualTime();
        var resolver = Of(upstream, time);
        await ResolveAsync(resolver, "a.example");
        time.Advance(TimeSpan.FromSeconds(fresh));
        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "a.example"));
        Assert.Equal(2, upstream.Received.Count);

        time.Advance(TimeSpan.FromSeconds(stale - fresh));
        await ResolveAsync(resolver, "a.example");
        Assert.Equal(4, upstream.Received.Count);
    }

    [Fact]
    public async Task An_answer_that_must_not_be_kept_is_not()
    {
        await using var upstream = OneAddress(ttl: 0);
        var resolver = Of(upstream);
        await ResolveAsync(resolver, "a.example");
        await ResolveAsync(resolver, "a.example");
        Assert.Equal(4, upstream.Received.Count);
    }

    [Fact]
    public async Task A_caller_cannot_change_what_is_kept()
    {
        await using var upstream = OneAddress();
        var resolver = Of(upstream);
        Assert.Null(CanonicalHost.TryCreateFromText("a.example", out var host));
        (await resolver.ResolveAsync(host, IPAddress.Loopback, CancellationToken.None))[0] = IPAddress.Loopback;
        (await resolver.ResolveAsync(host, IPAddress.Loopback, CancellationToken.None))[0] = IPAddress.Loopback;
        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "a.example"));
    }

    [Fact]
    public async Task A_cancelled_lookup_is_cancelled_and_not_unresolved()
    {
        await using var upstream = ScriptedDnsUpstream.Start(_ => null);
        Assert.Null(CanonicalHost.TryCreateFromText("a.example", out var host));
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Of(upstream).ResolveAsync(host, IPAddress.Loopback, cancellation.Token));
    }

    [Theory]
    [InlineData(3, 20, 20)]
    [InlineData(0, 20, 20)]
    [InlineData(3, 3600, 30)]
    public async Task That_there_is_nothing_is_kept_as_long_as_the_zone_says_and_half_a_minute_at_most(int code, uint ttl, int kept)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Nothing(code, ttl));
        var time = new ManualTime();
        var resolver = Of(upstream, time);
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "a.example"));
        time.Advance(TimeSpan.FromSeconds(kept - 1));
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "a.example"));
        Assert.Equal(2, upstream.Received.Count);
        time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "a.example"));
        Assert.Equal(4, upstream.Received.Count);
    }

    [Fact]
    public async Task That_there_is_nothing_is_not_kept_when_the_zone_does_not_say_how_long()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Answer(3));
        var resolver = Of(upstream);
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "a.example"));
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "a.example"));
        Assert.Equal(4, upstream.Received.Count);
    }

    [Fact]
    public async Task A_name_that_many_wait_for_is_asked_once()
    {
        using var all = new SemaphoreSlim(0);
        await using var upstream = ScriptedDnsUpstream.Start(q =>
        {
            all.Wait(Patience.Event);
            return q.Type == QueryBytes.A ? q.Answer(Address(q.Name, "192.0.2.1", ttl: 0)) : q.Answer();
        });
        var resolver = Of(upstream, new StoppedTime());
        var lookups = Enumerable.Range(0, 100).Select(_ => ResolveAsync(resolver, "a.example")).ToArray();
        all.Release(lookups.Length * 2);
        Assert.All(await Task.WhenAll(lookups), found => Assert.Equal("192.0.2.1", found));
        Assert.Equal(2, upstream.Received.Count);
    }

    [Fact]
    public async Task Silent_names_of_one_client_leave_room_for_the_others()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q =>
            q.Name.StartsWith("silent", StringComparison.Ordinal) ? null : q.Type == QueryBytes.A ? q.Answer(Address(q.Name, "192.0.2.1")) : q.Answer());
        await using var lookups = DnsPlans.Lookups(upstream.Endpoint, new StoppedTime());
        var resolver = new UpstreamResolver(null, NameSource.OfServer(upstream.Endpoint), lookups, new StoppedTime());
        using var over = new CancellationTokenSource();
        var silent = Enumerable.Range(0, 400).Select(i => AskAsync("192.0.2.66", $"silent{i}.example")).ToArray();

        var refused = await Task.WhenAll(silent.Where(t => t.IsCompleted));
        Assert.InRange(refused.Length, silent.Length - DnsLookups.MaxUnderWay, silent.Length - 1);
        Assert.All(refused, r => Assert.Equal(Reason.TooManyLookups, r));
        Assert.Null(await AskAsync("192.0.2.7", "api.example"));
        Assert.Null(await AskAsync("192.0.2.8", "api.example"));
        Assert.Equal(Reason.TooManyLookups, await AskAsync("192.0.2.66", "other.example"));

        // Who joins a question that is asked already, or one whose answer is kept, needs no place.
        Assert.Null(await AskAsync("192.0.2.66", "api.example"));
        await over.CancelAsync();
        await Task.WhenAll(silent);

        async Task<Reason?> AskAsync(string client, string name)
        {
            Assert.Null(CanonicalHost.TryCreateFromText(name, out var host));
            try
            {
                await resolver.ResolveAsync(host, IPAddress.Parse(client), over.Token);
                return null;
            }
            catch (HostUnresolvedException e)
            {
                return e.Reason;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task A_family_that_is_never_answered_does_not_hold_up_the_other()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Type == QueryBytes.A ? q.Answer(Address(q.Name, "192.0.2.1")) : null);
        Assert.Equal("192.0.2.1", await ResolveAsync(Of(upstream, new SelectiveTime(TimeSpan.FromSeconds(1))), "a.example"));
    }

    [Fact]
    public async Task A_name_of_one_label_is_looked_for_in_the_search_domains()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q =>
            q.Name == "db.two.example" && q.Type == QueryBytes.A ? q.Answer(Address(q.Name, "192.0.2.2")) : q.Answer(3));
        var resolver = OfSystem(upstream, _ => "nameserver 127.0.0.1\nsearch one.example two.example\n");
        Assert.Equal("192.0.2.2", await ResolveAsync(resolver, "db"));
        Assert.Equal("db.one.example db.two.example", string.Join(' ', upstream.Received.Select(q => q.Name).Distinct()));

        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "web"));
        Assert.Equal("web.one.example web.two.example web", string.Join(' ', upstream.Received.Select(q => q.Name).Where(n => n.StartsWith("web", StringComparison.Ordinal)).Distinct()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("options ndots:5\n")]
    public async Task A_name_with_a_dot_is_never_completed(string options)
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Name == "api.github.com" ? q.Answer(3) : q.Answer(Address(q.Name, "192.0.2.66")));
        var resolver = OfSystem(upstream, _ => $"nameserver 127.0.0.1\nsearch svc.cluster.local\n{options}");
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "api.github.com"));
        Assert.All(upstream.Received, q => Assert.Equal("api.github.com", q.Name));
    }

    [Fact]
    public async Task A_search_domain_whose_server_fails_does_not_lead_to_the_next()
    {
        await using var upstream = ScriptedDnsUpstream.Start(q => q.Name == "db.one.example" ? q.Answer(2) : q.Answer(Address(q.Name, "192.0.2.66")));
        var resolver = OfSystem(upstream, _ => "nameserver 127.0.0.1\nsearch one.example two.example\n");
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "db"));
    }

    [Fact]
    public async Task Names_of_the_hosts_file_need_no_server_and_both_files_are_read_again_when_they_change()
    {
        await using var upstream = OneAddress();
        var files = new Dictionary<string, string> { ["/etc/hosts"] = "10.0.0.5 db.example\n", ["/etc/resolv.conf"] = "# none yet\n" };
        var time = new ManualTime();
        var resolver = OfSystem(upstream, path => files[path], time);
        Assert.Equal("10.0.0.5", await ResolveAsync(resolver, "db.example"));
        var failure = await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "api.example"));
        Assert.Equal(Reason.UpstreamUnresolved, failure.Reason);
        Assert.StartsWith("There is no name server", failure.InnerException!.Message, StringComparison.Ordinal);

        files["/etc/hosts"] = "10.0.0.6 db.example\n";
        files["/etc/resolv.conf"] = "nameserver 127.0.0.1\n";
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("10.0.0.6", await ResolveAsync(resolver, "db.example"));
        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "api.example"));
    }

    [Fact]
    public async Task A_file_that_is_missing_is_empty_and_one_that_cannot_be_read_any_more_is_what_it_was()
    {
        await using var upstream = OneAddress();
        var time = new ManualTime();
        var isThere = true;
        var resolver = OfSystem(upstream, path => path == "/etc/hosts" || !isThere ? throw new FileNotFoundException() : "nameserver 127.0.0.1\n", time);
        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "a.example"));
        isThere = false;
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "a.example"));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("db.localhost")]
    public async Task Nobody_is_asked_about_localhost(string name)
    {
        await using var upstream = OneAddress();
        Assert.Equal("::1 127.0.0.1", await ResolveAsync(Of(upstream), name));
        Assert.Empty(upstream.Received);
    }

    [Fact]
    public void A_record_or_resolver_that_cannot_be_read_is_a_broken_plan()
    {
        var source = NameSource.OfServer(new IPEndPoint(IPAddress.Loopback, 53));
        Assert.Throws<PlanException>(() => Of(source, TimeProvider.System, new DnsRecordPlan("a.local", "TXT", "x")));
        Assert.Throws<PlanException>(() => Of(source, TimeProvider.System, DnsPlans.A("a.local", "x")));
        Assert.Throws<PlanException>(() => Of(source, TimeProvider.System, DnsPlans.A("a.local", "::1")));
        Assert.Throws<PlanException>(() => NameSource.ReadEndpoint(new ListenAddress(null, 53)));
        Assert.Equal(new IPEndPoint(IPAddress.Parse("8.8.8.8"), 53), NameSource.ReadEndpoint(new ListenAddress("8.8.8.8", 53)));
    }
}
