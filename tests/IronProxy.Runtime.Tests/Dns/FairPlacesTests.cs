using System.Net;
using IronProxy.Runtime.Dns;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Dns;

public sealed class FairPlacesTests
{
    private static readonly IPAddress First = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Second = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress Third = IPAddress.Parse("2001:db8::3");

    private static int TakeAll(FairPlaces places, IPAddress client)
    {
        var taken = 0;
        while (places.TryTake(client))
        {
            taken++;
        }

        return taken;
    }

    [Fact]
    public void A_client_gets_no_more_than_is_left_for_the_next()
    {
        var places = new FairPlaces(64);
        Assert.Equal(32, TakeAll(places, First));
        Assert.Equal(16, TakeAll(places, Second));
        Assert.Equal(8, TakeAll(places, Third));
    }

    [Fact]
    public void What_is_given_back_is_free_for_all()
    {
        var places = new FairPlaces(4);
        Assert.Equal(2, TakeAll(places, First));
        places.Return(First);
        places.Return(First);
        Assert.Equal(2, TakeAll(places, Second));
        Assert.Equal(1, TakeAll(places, First));
    }

    [Fact]
    public async Task It_is_empty_when_the_last_place_is_given_back()
    {
        var places = new FairPlaces(4);
        Assert.True(places.WaitUntilEmptyAsync().IsCompleted);
        places.TryTake(First);
        places.TryTake(Second);
        var empty = places.WaitUntilEmptyAsync();
        places.Return(First);
        Assert.False(empty.IsCompleted);
        places.Return(Second);
        await empty.WaitAsync(Patience.Event);
    }
}
