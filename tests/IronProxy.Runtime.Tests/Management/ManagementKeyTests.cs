using IronProxy.Plan;
using IronProxy.Runtime.Management;
using Microsoft.Extensions.Primitives;

namespace IronProxy.Runtime.Tests.Management;

public sealed class ManagementKeyTests
{
    [Theory]
    [InlineData("Bearer the-key", true)]
    [InlineData("bearer the-key", true)]
    [InlineData("Bearer   the-key ", true)]
    [InlineData("Bearer The-key", false)]
    [InlineData("Bearer the-ke", false)]
    [InlineData("Bearer the-keys", false)]
    [InlineData("Bearer the-key, Bearer the-key", false)]
    [InlineData("Bearer the-key\u00e9", false)]
    [InlineData("Bearer ", false)]
    [InlineData("Bearer", false)]
    [InlineData("Basic the-key", false)]
    [InlineData("the-key", false)]
    [InlineData("", false)]
    public void Only_the_key_itself_opens(string authorization, bool opens) => Assert.Equal(opens, Read("the-key").IsIn(authorization));

    [Fact]
    public void Several_headers_or_none_open_nothing()
    {
        Assert.False(Read("the-key").IsIn(StringValues.Empty));
        Assert.False(Read("the-key").IsIn(new StringValues(["Bearer the-key", "Bearer the-key"])));
        Assert.False(Read("the-key").IsIn(new StringValues([null])));
    }

    [Theory]
    [InlineData(null, "is not set")]
    [InlineData("", "is not set")]
    [InlineData("key\n", "has white space")]
    [InlineData("k\u00e9y", "beyond ASCII")]
    public void A_key_that_nobody_can_present_is_none_and_its_place_is_named(string? value, string part)
    {
        var e = Assert.Throws<StartupException>(() => Read(value));
        Assert.Contains("of line 7 ", e.Message, StringComparison.Ordinal);
        Assert.Contains("KEY_OF_TEST", e.Message, StringComparison.Ordinal);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    private static ManagementKey Read(string? value)
    {
        var plan = new ManagementPlan { Listen = new ListenAddress("127.0.0.1", 0), ApiKeyEnv = "KEY_OF_TEST", At = new SourcePosition(7, 3) };
        return ManagementKey.Read(plan, new HostAccess(name => name == "KEY_OF_TEST" ? value : null, path => throw new FileNotFoundException(path), OpenFiles: 1024));
    }
}
