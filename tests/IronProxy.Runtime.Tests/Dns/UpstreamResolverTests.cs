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
    private static UpstreamResolver Of(ScriptedDnsUpstream upstream, TimeProvider? time = null, params DnsRecordPlan[] records) => new(
        DnsPlans.Of(records: records) with { UpstreamResolver = new ListenAddress("127.0.0.1", upstream.Endpoint.Port) },
        time ?? TimeProvider.System);

    private static async Task<string> ResolveAsync(UpstreamResolver resolver, string name)
    {
        Assert.Null(CanonicalHost.TryCreateFromText(name, out var host));
        return string.Join(' ', (await resolver.ResolveAsync(host, CancellationToken.None)).AsEnumerable());
    }

    /// <summary>An upstream with an IPv4 address for every name, and no IPv6 one.</summary>
    private static ScriptedDnsUpstream OneAddress(string address = "192.0.2.1", uint ttl = 30) =>
        ScriptedDnsUpstream.Start(q => q.Type == QueryBytes.A ? q.Answer(Address(q.Name, address, ttl)) : q.Answer());

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
        Assert.Equal("192.0.2.1 2001:db8::1", await ResolveAsync(Of(upstream), "a.example"));
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
        var resolver = Of(upstream);
        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "a.example"));

        // Half an answer is not kept.
        await ResolveAsync(resolver, "a.example");
        Assert.Equal(4, upstream.Received.Count);
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
        var plan = DnsPlans.Of() with { UpstreamResolver = new ListenAddress("127.0.0.1", ((IPEndPoint)placeholder.LocalEndPoint!).Port) };
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(new UpstreamResolver(plan, new HastyTime()), "a.example"));
    }

    [Theory]
    [InlineData(10, 9, 11)]
    [InlineData(3600, 59, 61)]
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
        (await resolver.ResolveAsync(host, CancellationToken.None))[0] = IPAddress.Loopback;
        (await resolver.ResolveAsync(host, CancellationToken.None))[0] = IPAddress.Loopback;
        Assert.Equal("192.0.2.1", await ResolveAsync(resolver, "a.example"));
    }

    [Fact]
    public async Task A_cancelled_lookup_is_cancelled_and_not_unresolved()
    {
        await using var upstream = ScriptedDnsUpstream.Start(_ => null);
        Assert.Null(CanonicalHost.TryCreateFromText("a.example", out var host));
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Of(upstream).ResolveAsync(host, cancellation.Token));
    }

    [Fact]
    public async Task Without_a_resolver_the_system_is_asked()
    {
        var resolver = new UpstreamResolver(null, TimeProvider.System);
        Assert.Contains("127.0.0.1", await ResolveAsync(resolver, "localhost"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<HostUnresolvedException>(() => ResolveAsync(resolver, "no-such-host.invalid"));
    }

    [Fact]
    public void A_record_or_resolver_that_cannot_be_read_is_a_broken_plan()
    {
        Assert.Throws<PlanException>(() => new UpstreamResolver(DnsPlans.Of(records: new DnsRecordPlan("a.local", "TXT", "x")), TimeProvider.System));
        Assert.Throws<PlanException>(() => new UpstreamResolver(DnsPlans.Of(records: DnsPlans.A("a.local", "x")), TimeProvider.System));
        Assert.Throws<PlanException>(() => new UpstreamResolver(DnsPlans.Of(records: DnsPlans.A("a.local", "::1")), TimeProvider.System));
        Assert.Throws<PlanException>(() => UpstreamResolver.ReadEndpoint(new ListenAddress(null, 53)));
        Assert.Equal(new IPEndPoint(IPAddress.Parse("8.8.8.8"), 53), UpstreamResolver.ReadEndpoint(new ListenAddress("8.8.8.8", 53)));
    }
}
