using IronProxy.Pipeline.Transforms;

namespace IronProxy.Pipeline.Tests.Transforms;

public class QueryStringTests
{
    [Theory]
    [InlineData("", "?key=s%2Bv")]
    [InlineData("?", "?key=s%2Bv")]
    [InlineData("?a=1&b=%20", "?a=1&b=%20&key=s%2Bv")]
    [InlineData("?key=mine&a=1", "?a=1&key=s%2Bv")]
    [InlineData("?k%65y=mine&a=1&key", "?a=1&key=s%2Bv")]
    [InlineData("?keys=1", "?keys=1&key=s%2Bv")]
    public void The_parameter_is_set_once_and_the_others_stay_as_they_are(string query, string expected) =>
        Assert.Equal(expected, QueryString.Set(query, "key", "s+v"));
}
