using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Runtime.Upstream;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Upstream;

public sealed class UpstreamDialerTests : IDisposable
{
    private readonly TcpListener _upstream = new(IPAddress.Loopback, 0);

    public UpstreamDialerTests() => _upstream.Start();

    private int Port => ((IPEndPoint)_upstream.LocalEndpoint).Port;

    public void Dispose() => _upstream.Dispose();

    [Theory]
    [InlineData("127.0.0.1 10.1.2.3")]
    [InlineData("10.1.2.3 127.0.0.1")]
    [InlineData("127.0.0.1 64:ff9b::a01:203")]
    [InlineData("64:ff9b::a01:203 127.0.0.1")]
    public async Task One_denied_address_among_several_is_enough_and_none_is_dialled(string addresses)
    {
        await using var resolver = ScriptedDnsUpstream.Start(q =>
            q.Answer(addresses.Split(' ').Select(a => ScriptedDnsRecord.Address(q.Name, a)).Where(r => r.Type == q.Type)));
        var failure = await Assert.ThrowsAsync<UpstreamRefusedException>(() => DialAsync(resolver, "10.0.0.0/8"));
        Assert.Equal(Reason.UpstreamDenied, failure.Reason);
        Assert.False(_upstream.Pending());
    }

    [Fact]
    public async Task An_address_that_nothing_denies_is_dialled()
    {
        await using var resolver = ScriptedDnsUpstream.Start(q => q.Type == 1 ? q.Answer(ScriptedDnsRecord.Address(q.Name, "127.0.0.1")) : q.Answer());
        await using var stream = await DialAsync(resolver, "10.0.0.0/8");
        using var accepted = await _upstream.AcceptSocketAsync();
        Assert.True(accepted.Connected);
    }

    [Fact]
    public async Task Of_addresses_that_change_between_answers_only_those_that_were_checked_are_dialled()
    {
        var asked = 0;
        await using var resolver = ScriptedDnsUpstream.Start(q =>
            q.Type != 1 ? q.Answer() : q.Answer(ScriptedDnsRecord.Address(q.Name, Interlocked.Increment(ref asked) == 1 ? "127.0.0.1" : "10.1.2.3", ttl: 0)));
        await using var stream = await DialAsync(resolver, "10.0.0.0/8");
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_refused_with_the_resolvers_reason()
    {
        await using var resolver = ScriptedDnsUpstream.Start(q => q.Answer(3));
        var failure = await Assert.ThrowsAsync<UpstreamRefusedException>(() => DialAsync(resolver));
        Assert.Equal(Reason.UpstreamUnresolved, failure.Reason);
    }

    private async Task<Stream> DialAsync(ScriptedDnsUpstream resolver, params string[] denied)
    {
        await using var lookups = DnsPlans.Lookups(resolver.Endpoint, TimeProvider.System);
        var names = new UpstreamResolver(null, NameSource.OfServer(resolver.Endpoint), lookups, TimeProvider.System);
        var dialer = new UpstreamDialer(names, new DeniedNetworks([.. denied]), new OwnListeners([]), TimeProvider.System);
        return await dialer.DialAsync("api.example", Port, IPAddress.Loopback, CancellationToken.None);
    }
}
