using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Tests.Values;

public class DurationTextTests
{
    [Theory]
    [InlineData("30s", 30_000)]
    [InlineData("1h15m30.5s", 4_530_500)]
    [InlineData("500ms", 500)]
    [InlineData("+2m", 120_000)]
    [InlineData(".5s", 500)]
    [InlineData("1.s", 1_000)]
    [InlineData("1µs", 1)]
    [InlineData("1500us", 2)]
    [InlineData("1ns", 1)]
    [InlineData("596h", 2_145_600_000)]
    public void Go_durations_are_read(string text, long milliseconds)
    {
        var (value, bag) = Value.Of(text);
        Assert.Equal(milliseconds, DurationText.ParsePositiveMilliseconds(value, bag));
        Assert.False(bag.HasErrors);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("30", 0)]
    [InlineData("3x", 1)]
    [InlineData("1m30", 2)]
    [InlineData("1m s", 2)]
    [InlineData("1..5s", 0)]
    [InlineData("s", 0)]
    [InlineData("300y", 3)]
    [InlineData("99999999999h", 0)]
    public void Mistakes_are_reported_where_they_are(string text, int at)
    {
        var (value, bag) = Value.Of(text);
        Assert.Null(DurationText.ParsePositiveMilliseconds(value, bag));
        var diagnostic = Assert.Single(bag.ToSorted());
        Assert.Equal(("IRON1141", at), (diagnostic.Code, diagnostic.Span.Start));
    }

    [Theory]
    [InlineData("596h1ns")]
    [InlineData("2000h")]
    public void A_wait_is_what_timers_can_hold(string text)
    {
        var (value, bag) = Value.Of(text);
        Assert.Null(DurationText.ParsePositiveMilliseconds(value, bag));
        Assert.Equal("IRON1144", Assert.Single(bag.ToSorted()).Code);

        (value, bag) = Value.Of(text);
        Assert.Null(DurationText.ParseMilliseconds(value, bag));
        Assert.Equal("IRON1144", Assert.Single(bag.ToSorted()).Code);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0s")]
    [InlineData("-5s")]
    public void A_wait_is_longer_than_zero(string text)
    {
        var (value, bag) = Value.Of(text);
        Assert.Null(DurationText.ParsePositiveMilliseconds(value, bag));
        Assert.Equal("IRON1142", Assert.Single(bag.ToSorted()).Code);
    }
}
