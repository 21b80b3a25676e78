using System.Net;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Tests.Limits;

public sealed class ClientQuotaTests
{
    private static readonly IPAddress One = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Two = IPAddress.Parse("10.0.0.2");

    private readonly ClientQuota _quota = new(3, Limit.Requests, 2, Limit.RequestsPerAddress);

    [Fact]
    public void One_address_does_not_take_what_is_for_others()
    {
        Assert.Null(_quota.TryTake(One));
        Assert.Null(_quota.TryTake(One));
        Assert.Equal(Limit.RequestsPerAddress, _quota.TryTake(One));
        Assert.Null(_quota.TryTake(Two));
    }

    [Fact]
    public void All_together_have_no_more_than_the_total()
    {
        Assert.Null(_quota.TryTake(One));
        Assert.Null(_quota.TryTake(One));
        Assert.Null(_quota.TryTake(Two));
        Assert.Equal(Limit.Requests, _quota.TryTake(Two));
    }

    [Fact]
    public void What_is_given_back_can_be_taken_again_and_what_was_refused_took_nothing()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Null(_quota.TryTake(One));
            Assert.Null(_quota.TryTake(One));
            Assert.NotNull(_quota.TryTake(One));
            _quota.GiveBack(One);
            _quota.GiveBack(One);
        }

        Assert.Null(_quota.TryTake(Two));
    }

    [Fact]
    public void Addresses_without_anything_are_forgotten()
    {
        for (var i = 0; i < 100_000; i++)
        {
            var address = new IPAddress(i);
            Assert.Null(_quota.TryTake(address));
            _quota.GiveBack(address);
        }

        Assert.Equal(0, _quota.Addresses);
    }

    [Fact]
    public void Threads_never_get_more_than_there_is()
    {
        var quota = new ClientQuota(50, Limit.Requests, 50, Limit.RequestsPerAddress);
        var (open, most) = (0, 0);
        Parallel.For(0, 10_000, _ =>
        {
            if (quota.TryTake(One) is null)
            {
                var now = Interlocked.Increment(ref open);
                InterlockedMax(ref most, now);
                Interlocked.Decrement(ref open);
                quota.GiveBack(One);
            }
        });

        Assert.InRange(most, 1, 50);
        Assert.Equal(0, quota.Addresses);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
            // Another thread was faster.
        }
    }
}
