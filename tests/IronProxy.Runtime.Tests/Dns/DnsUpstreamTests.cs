using System.Collections.Immutable;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Protocols.Dns;
using IronProxy.Testing;
using static IronProxy.Testing.ScriptedDnsRecord;

namespace IronProxy.Runtime.Tests.Dns;

/// <summary>Several name servers.</summary>
public sealed class DnsUpstreamTests
{
    private static ResolverSettings Of(params ImmutableArray<ScriptedDnsUpstream> servers) => new() { Servers = [.. servers.Select(s => s.Endpoint)] };

    private static ScriptedDnsUpstream Good() => ScriptedDnsUpstream.Start(q => q.Answer(Address(q.Name, "192.0.2.1")));

    private static async Task<DnsResponseCode> AskAsync(DnsUpstream upstream) => (await upstream.QueryAsync("a.example", DnsType.A, CancellationToken.None)).Code;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_server_that_refuses_is_followed_by_the_next_and_not_asked_again(int code)
    {
        await using var first = ScriptedDnsUpstream.Start(q => q.Answer(code));
        await using var second = Good();
        Assert.Equal(DnsResponseCode.NoError, await AskAsync(new DnsUpstream(() => Of(first, second), TimeProvider.System)));
        Assert.Single(first.Received);
    }

    [Fact]
    public async Task That_a_name_does_not_exist_is_final()
    {
        await using var first = ScriptedDnsUpstream.Start(q => q.Answer(3));
        await using var second = Good();
        Assert.Equal(DnsResponseCode.NameError, await AskAsync(new DnsUpstream(() => Of(first, second), TimeProvider.System)));
        Assert.Empty(second.Received);
    }

    [Fact]
    public async Task A_failure_that_all_servers_report_is_the_answer()
    {
        await using var first = ScriptedDnsUpstream.Start(q => q.Answer(2));
        await using var second = ScriptedDnsUpstream.Start(q => q.Answer(5));
        Assert.Equal(DnsResponseCode.Refused, await AskAsync(new DnsUpstream(() => Of(first, second), TimeProvider.System)));
    }

    [Fact]
    public async Task A_silent_server_is_followed_by_the_next_and_asked_last_for_a_while()
    {
        var isSilent = true;
        await using var first = ScriptedDnsUpstream.Start(q => isSilent ? null : q.Answer(Address(q.Name, "192.0.2.1")));
        await using var second = Good();
        var time = new HastyManualTime();
        var upstream = new DnsUpstream(() => Of(first, second), time);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(DnsResponseCode.NoError, await AskAsync(upstream));
        }

        var asked = first.Received.Count;
        Assert.Equal(DnsResponseCode.NoError, await AskAsync(upstream));
        Assert.Equal(asked, first.Received.Count);

        isSilent = false;
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(DnsResponseCode.NoError, await AskAsync(upstream));
        Assert.Equal(asked + 1, first.Received.Count);
    }

    [Fact]
    public async Task Servers_take_turns_when_the_system_says_so()
    {
        await using var first = Good();
        await using var second = Good();
        var upstream = new DnsUpstream(() => Of(first, second) with { Rotate = true }, TimeProvider.System);
        for (var i = 0; i < 4; i++)
        {
            await AskAsync(upstream);
        }

        Assert.Equal((2, 2), (first.Received.Count, second.Received.Count));
    }

    [Fact]
    public async Task Without_a_server_it_says_so()
    {
        var failure = await Assert.ThrowsAsync<DnsUpstreamException>(() => AskAsync(new DnsUpstream(() => new ResolverSettings(), TimeProvider.System)));
        Assert.Equal("There is no name server: /etc/resolv.conf names none, and dns.upstream_resolver is not set.", failure.Message);
    }

    [Fact]
    public async Task All_tries_together_are_bounded_however_many_servers_and_attempts_there_are()
    {
        await using var silent = ScriptedDnsUpstream.Start(_ => null);
        var settings = new ResolverSettings { Servers = [silent.Endpoint, silent.Endpoint, silent.Endpoint], Attempts = 5, Timeout = TimeSpan.FromSeconds(30) };
        var time = new RecordingTime();
        await Assert.ThrowsAsync<DnsUpstreamException>(() => AskAsync(new DnsUpstream(() => settings, time)));
        Assert.Equal(15, time.Timers.Count);
        Assert.InRange(time.Timers.Sum(t => t.TotalSeconds), 9.9, 10.1);
    }

    /// <summary>A clock whose timestamps stand still, and whose timers end sooner.</summary>
    private sealed class HastyManualTime : TimeProvider
    {
        private readonly ManualTime _stamps = new();
        private readonly HastyTime _timers = new();

        public override long TimestampFrequency => _stamps.TimestampFrequency;

        public override long GetTimestamp() => _stamps.GetTimestamp();

        public void Advance(TimeSpan by) => _stamps.Advance(by);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _timers.CreateTimer(callback, state, dueTime, period);
    }

    /// <summary>A clock that writes down what is waited for, and ends it at once.</summary>
    private sealed class RecordingTime : TimeProvider
    {
        public List<TimeSpan> Timers { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
        }
    }
}
