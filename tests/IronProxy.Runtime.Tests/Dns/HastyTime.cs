namespace IronProxy.Runtime.Tests.Dns;

/// <summary>A clock whose timers end ten times sooner, so that tests of time limits are quick.</summary>
internal sealed class HastyTime : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : dueTime / 10, period);
}
