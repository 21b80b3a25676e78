namespace IronProxy.Runtime.Tests.Dns;

/// <summary>A clock on which timers of one length end soon, and all others never.</summary>
internal sealed class SelectiveTime(TimeSpan length) : TimeProvider
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime == length ? Soon : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
