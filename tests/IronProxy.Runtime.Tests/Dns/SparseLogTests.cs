using IronProxy.Runtime.Dns;

namespace IronProxy.Runtime.Tests.Dns;

public sealed class SparseLogTests
{
    [Fact]
    public void A_warning_is_repeated_after_ten_seconds_and_not_before()
    {
        var time = new ManualTime();
        var log = new SparseLog(time);
        Assert.True(log.IsDue());
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(log.IsDue());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(log.IsDue());
        Assert.False(log.IsDue());
    }
}
