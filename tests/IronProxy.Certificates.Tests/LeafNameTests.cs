using System.Net;

namespace IronProxy.Certificates.Tests;

public sealed class LeafNameTests
{
    [Theory]
    [InlineData("api.github.com", "api.github.com")]
    [InlineData("API.GitHub.com", "api.github.com")]
    [InlineData("localhost", "localhost")]
    [InlineData("a_b.example.com", "a_b.example.com")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("1.2.3.4.example", "1.2.3.4.example")]
    public void Names_of_hosts_are_taken_in_lower_case(string text, string expected)
    {
        var name = LeafName.ForHost(text);

        Assert.Equal(expected, name.Host);
        Assert.Null(name.Address);
        Assert.Equal(expected, name.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("example.com.")]
    [InlineData(".example.com")]
    [InlineData("a..example.com")]
    [InlineData("*.example.com")]
    [InlineData("*")]
    [InlineData("-a.example.com")]
    [InlineData("a-.example.com")]
    [InlineData("_a.example.com")]
    [InlineData("a_.example.com")]
    [InlineData("example._com")]
    [InlineData("a b.example.com")]
    [InlineData("a\0.example.com")]
    [InlineData("a\n.example.com")]
    [InlineData("bücher.example")]
    [InlineData("example.com:443")]
    [InlineData("user@example.com")]
    [InlineData("example.com/x")]
    [InlineData("10.0.0.1")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("a.0x7F")]
    [InlineData("a.0x")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    public void Everything_else_is_refused(string text) =>
        Assert.Throws<ArgumentException>(() => LeafName.ForHost(text));

    [Fact]
    public void Names_and_labels_keep_to_their_lengths()
    {
        var label = new string('a', 63);
        var longest = $"{label}.{label}.{label}.{new string('b', 61)}";

        Assert.Equal(253, LeafName.ForHost(longest).Host!.Length);
        Assert.Throws<ArgumentException>(() => LeafName.ForHost(longest + "b"));
        Assert.Throws<ArgumentException>(() => LeafName.ForHost(label + "a.example"));
    }

    [Fact]
    public void Addresses_are_equal_in_every_notation()
    {
        Assert.Equal(LeafName.ForAddress(IPAddress.Parse("10.0.0.1")), LeafName.ForAddress(IPAddress.Parse("::ffff:10.0.0.1")));
        Assert.Equal(LeafName.ForAddress(IPAddress.Parse("fe80::1")), LeafName.ForAddress(IPAddress.Parse("fe80::1%3")));
        Assert.NotEqual(LeafName.ForAddress(IPAddress.Loopback), LeafName.ForAddress(IPAddress.IPv6Loopback));
    }
}
