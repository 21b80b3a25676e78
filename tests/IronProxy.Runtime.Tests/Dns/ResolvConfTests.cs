using IronProxy.Runtime.Dns;

namespace IronProxy.Runtime.Tests.Dns;

public sealed class ResolvConfTests
{
    [Theory]
    [InlineData("nameserver 10.0.0.2\n", "10.0.0.2:53")]
    [InlineData("# made by hand\nsearch example\nnameserver\t10.0.0.2  # first\nnameserver 10.0.0.3\n", "10.0.0.2:53")]
    [InlineData("nameserver 2001:db8::2", "[2001:db8::2]:53")]
    [InlineData("nameserver 10.0.0.2\r\noptions edns0\r\n", "10.0.0.2:53")]
    [InlineData("nameserver resolver.example\nnameserver 10.0.0.3\n", "10.0.0.3:53")]
    [InlineData("#nameserver 10.0.0.2\n;nameserver 10.0.0.3\n nameserver 10.0.0.4\nnameservers 10.0.0.5\nnameserver\n", null)]
    [InlineData("", null)]
    public void The_first_name_server_that_is_an_address_counts(string text, string? expected) =>
        Assert.Equal(expected, ResolvConf.FirstNameserver(text)?.ToString());
}
