using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Runtime.Upstream;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Upstream;

public sealed class ConnectionRaceTests : IDisposable
{
    private static readonly IPAddress Dead = IPAddress.Parse("127.0.0.31");
    private static readonly IPAddress Refused = IPAddress.Parse("127.0.0.32");

    private readonly TcpListener _live = new(IPAddress.Loopback, 0);

    public ConnectionRaceTests() => _live.Start();

    private int Port => ((IPEndPoint)_live.LocalEndpoint).Port;

    public void Dispose() => _live.Dispose();

    private async Task<string> ConnectAsync(TimeProvider time, params IPAddress[] addresses)
    {
        await using var stream = await new ConnectionRace(time).ConnectAsync(addresses, Port, CancellationToken.None).AsTask().WaitAsync(Patience.Event);
        return ((IPEndPoint)Assert.IsType<NetworkStream>(stream).Socket.RemoteEndPoint!).Address.ToString();
    }

    [Fact]
    public async Task An_address_that_does_not_answer_is_overtaken_by_the_next_and_given_up()
    {
        using var dead = await DeadEndpoint.StartAsync(new IPEndPoint(Dead, Port));
        Assert.Equal("127.0.0.1", await ConnectAsync(new SelectiveTime(TimeSpan.FromMilliseconds(250)), Dead, IPAddress.Loopback));
        for (var i = 0; i < 300 && dead.Attempts > 0; i++)
        {
            await Task.Delay(100);
        }

        Assert.Equal(0, dead.Attempts);
    }

    [Fact]
    public async Task An_address_that_refuses_is_followed_by_the_next_at_once() =>
        Assert.Equal("127.0.0.1", await ConnectAsync(new StoppedTime(), Refused, IPAddress.Loopback));

    [Fact]
    public async Task A_later_address_that_refuses_does_not_end_the_earlier_ones()
    {
        using var dead = await DeadEndpoint.StartAsync(new IPEndPoint(Dead, Port));
        Assert.Equal("127.0.0.1", await ConnectAsync(new SelectiveTime(TimeSpan.FromMilliseconds(250)), Dead, Refused, IPAddress.Loopback));
    }

    [Fact]
    public async Task A_host_with_many_dead_addresses_has_four_sockets_at_a_time()
    {
        var dead = await Task.WhenAll(Enumerable.Range(51, 6).Select(i => DeadEndpoint.StartAsync(new IPEndPoint(new IPAddress([127, 0, 0, (byte)i]), Port))));
        using var leaving = new CancellationTokenSource();
        try
        {
            var connecting = new ConnectionRace(new SelectiveTime(TimeSpan.FromMilliseconds(250)))
                .ConnectAsync([.. dead.Select(d => d.Endpoint.Address)], Port, leaving.Token).AsTask();
            var attempts = "";
            for (var i = 0; i < 300 && attempts != "0 0 1 1 1 1"; i++)
            {
                await Task.Delay(100);
                attempts = string.Join(' ', dead.Select(d => d.Attempts));
            }

            Assert.Equal("0 0 1 1 1 1", attempts);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        }
        finally
        {
            Array.ForEach(dead, d => d.Dispose());
        }
    }

    [Fact]
    public async Task When_none_answers_the_upstream_is_unreachable()
    {
        using var dead = await DeadEndpoint.StartAsync(new IPEndPoint(Dead, Port));
        var failure = await Assert.ThrowsAsync<UpstreamRefusedException>(() => ConnectAsync(new SelectiveTime(TimeSpan.FromSeconds(10)), Dead));
        Assert.Equal(Reason.UpstreamUnreachable, failure.Reason);
        failure = await Assert.ThrowsAsync<UpstreamRefusedException>(() => ConnectAsync(new StoppedTime(), Refused, Refused));
        Assert.Equal(Reason.UpstreamUnreachable, failure.Reason);
    }

    [Fact]
    public async Task Who_does_not_wait_any_longer_is_told_so_and_not_that_nobody_answers()
    {
        using var dead = await DeadEndpoint.StartAsync(new IPEndPoint(Dead, Port));
        using var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ConnectionRace(new StoppedTime()).ConnectAsync([Dead], Port, leaving.Token).AsTask());
    }

    [Theory]
    [InlineData("10.0.0.1 10.0.0.2 10.0.0.3 ::1 ::2", "::1 10.0.0.1 ::2 10.0.0.2 10.0.0.3")]
    [InlineData("::1 ::2 ::3 10.0.0.1", "::1 10.0.0.1 ::2 ::3")]
    [InlineData("10.0.0.2 10.0.0.1 10.0.0.2", "10.0.0.2 10.0.0.1")]
    public void Families_take_turns(string addresses, string expected) =>
        Assert.Equal(expected, string.Join(' ', ConnectionRace.Interleave([.. addresses.Split(' ').Select(IPAddress.Parse)])));
}
