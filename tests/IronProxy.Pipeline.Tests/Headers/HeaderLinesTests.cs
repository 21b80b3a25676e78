namespace IronProxy.Pipeline.Tests.Headers;

public sealed class HeaderLinesTests
{
    private readonly HeaderLines _lines = new();

    public HeaderLinesTests()
    {
        _lines.Add("X-One", "1");
        _lines.Add("x-two", "2");
        _lines.Add("X-ONE", "3");
    }

    [Theory]
    [InlineData("x-one", "1,3")]
    [InlineData("X-Two", "2")]
    [InlineData("X-Three", null)]
    public void Lines_of_one_name_are_one_value(string name, string? value) => Assert.Equal(value, _lines.Find(name));

    [Fact]
    public void A_header_that_is_set_stands_once_with_its_new_spelling()
    {
        _lines.Set("x-One", "9");

        Assert.Equal(["x-two: 2", "x-One: 9"], _lines.Select(l => $"{l.Key}: {l.Value}"));
    }

    [Fact]
    public void Removing_says_whether_there_was_one()
    {
        Assert.True(_lines.Remove("X-one"));
        Assert.False(_lines.Remove("X-one"));
        Assert.Equal("x-two", Assert.Single(_lines).Key);
    }
}
