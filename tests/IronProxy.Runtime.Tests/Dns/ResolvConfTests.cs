using IronProxy.Runtime.Dns;

namespace IronProxy.Runtime.Tests.Dns;

public sealed class ResolvConfTests
{
    [Theory]
    [InlineData("nameserver 10.0.0.2\n", "10.0.0.2:53")]
    [InlineData("# made by hand\nsearch example\nnameserver\t10.0.0.2  # first\nnameserver 10.0.0.3\n", "10.0.0.2:53 10.0.0.3:53")]
    [InlineData("nameserver 2001:db8::2", "[2001:db8::2]:53")]
    [InlineData("nameserver 10.0.0.2\r\noptions edns0\r\n", "10.0.0.2:53")]
    [InlineData("nameserver resolver.example\nnameserver 10.0.0.3\n", "10.0.0.3:53")]
    [InlineData("nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n", "10.0.0.1:53 10.0.0.2:53 10.0.0.3:53")]
    [InlineData("#nameserver 10.0.0.2\n;nameserver 10.0.0.3\n nameserver 10.0.0.4\nnameservers 10.0.0.5\nnameserver\n", "")]
    [InlineData("", "")]
    public void Name_servers_that_are_addresses_count_up_to_three(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', ResolvConf.Parse(text).Servers));

    [Theory]
    [InlineData("search one.example Two.Example.\n", "one.example two.example")]
    [InlineData("search one.example\ndomain two.example\n", "two.example")]
    [InlineData("domain two.example\nsearch one.example\n", "one.example")]
    [InlineData("search . bad..name 10.0.0.1 good.example\n", "good.example")]
    [InlineData("search a b c d e f g\n", "a b c d e f")]
    [InlineData("search\n", "")]
    public void The_last_list_of_domains_counts(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', ResolvConf.Parse(text).Search));

    [Theory]
    [InlineData("options timeout:1 attempts:3 rotate ndots:0\n", 1, 3, true, false)]
    [InlineData("options timeout:0\noptions attempts:99 ndots:5\n", 1, 5, false, true)]
    [InlineData("options timeout:99999 attempts:x edns0 trust-ad\n", 30, 2, false, true)]
    public void Options_count_within_the_bounds_of_the_C_library(string text, int timeout, int attempts, bool rotate, bool searchFirst)
    {
        var settings = ResolvConf.Parse(text);
        Assert.Equal((TimeSpan.FromSeconds(timeout), attempts, rotate, searchFirst), (settings.Timeout, settings.Attempts, settings.Rotate, settings.SearchFirst));
    }
}
