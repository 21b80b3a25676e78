using IronProxy.Runtime.Upstream;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Upstream;

public class ResponseDeadlineTests
{
    [Fact]
    public async Task Time_runs_from_the_start()
    {
        using var deadline = new ResponseDeadline(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        Assert.False(deadline.Token.IsCancellationRequested);
        deadline.Start();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Patience.Event, deadline.Token));
    }

    [Fact]
    public async Task A_request_that_ends_after_the_response_began_does_not_start_it_again()
    {
        using var deadline = new ResponseDeadline(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        Assert.True(deadline.TryStop());
        deadline.Start();
        await Task.Delay(100);
        Assert.False(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_response_that_comes_when_the_time_is_up_has_come_too_late()
    {
        using var deadline = new ResponseDeadline(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        deadline.Start();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Patience.Event, deadline.Token));
        Assert.False(deadline.TryStop());
    }

    [Fact]
    public void A_wait_that_is_longer_than_timers_hold_can_start()
    {
        using var deadline = new ResponseDeadline(TimeSpan.FromHours(2000), CancellationToken.None);
        deadline.Start();
        Assert.False(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void The_client_going_away_ends_it()
    {
        using var client = new CancellationTokenSource();
        using var deadline = new ResponseDeadline(Patience.Event, client.Token);
        client.Cancel();
        Assert.True(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_late_start_after_the_end_is_harmless()
    {
        var deadline = new ResponseDeadline(Patience.Event, CancellationToken.None);
        deadline.Dispose();
        deadline.Start();
    }
}
