using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Tests.Dns;

namespace IronProxy.Runtime.Tests.Limits;

/// <summary>When a client that keeps the proxy waiting is given up. Time passes when the test says so.</summary>
public sealed class StallWatchTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly StallWatch _watch;
    private readonly Transfer _transfer = new();

    public StallWatchTests()
    {
        var limits = ProxyLimits.Create(new LimitsPlan { IdleTimeoutMs = 10_000, MinBodyBytesPerSecond = 100 }, 1024);
        _watch = new StallWatch(limits, new ProxyMetrics(), _time);
        _watch.Add(_transfer);
    }

    public void Dispose() => _watch.Dispose();

    [Fact]
    public void A_client_that_does_not_move_is_ended_after_the_idle_timeout()
    {
        using var waiting = _transfer.Begin();
        Pass(9, bytesPerSecond: 0);
        Assert.False(_transfer.Ended);
        Pass(1, bytesPerSecond: 0);
        Assert.True(_transfer.Ended);
        Assert.Equal(1, _transfer.Ends);
    }

    [Fact]
    public void It_is_ended_once()
    {
        using var waiting = _transfer.Begin();
        Pass(100, bytesPerSecond: 0);
        Assert.Equal(1, _transfer.Ends);
    }

    [Fact]
    public void A_client_below_the_floor_is_ended_when_that_was_measured_long_enough()
    {
        using var waiting = _transfer.Begin();
        Pass(9, bytesPerSecond: 99);
        Assert.False(_transfer.Ended);
        Pass(1, bytesPerSecond: 99);
        Assert.True(_transfer.Ended);
    }

    [Fact]
    public void A_client_at_the_floor_may_take_for_ever()
    {
        using var waiting = _transfer.Begin();
        Pass(10_000, bytesPerSecond: 100);
        Assert.False(_transfer.Ended);
    }

    [Fact]
    public void Nobody_lives_on_what_was_moved_at_first()
    {
        using var waiting = _transfer.Begin();
        Pass(10, bytesPerSecond: 1_000_000);
        Pass(10, bytesPerSecond: 1);
        Assert.True(_transfer.Ended);
    }

    [Fact]
    public void Time_in_which_the_client_waits_for_the_proxy_does_not_count()
    {
        Pass(1000, bytesPerSecond: 0);
        Assert.False(_transfer.Ended);
    }

    [Fact]
    public void What_is_over_is_looked_at_no_longer()
    {
        using var waiting = _transfer.Begin();
        _watch.Remove(_transfer);
        Pass(1000, bytesPerSecond: 0);
        Assert.False(_transfer.Ended);
    }

    private void Pass(int seconds, long bytesPerSecond)
    {
        for (var i = 0; i < seconds; i++)
        {
            _transfer.Bytes += bytesPerSecond;
            _time.Advance(TimeSpan.FromSeconds(1));
            _watch.Look();
        }
    }

    private sealed class Transfer : ClientWait
    {
        public long Bytes { get; set; }

        public int Ends { get; private set; }

        protected override long Moved => Bytes;

        protected override void End() => Ends++;
    }
}
