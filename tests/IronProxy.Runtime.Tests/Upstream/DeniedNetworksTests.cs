using System.Net;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Tests.Upstream;

public class DeniedNetworksTests
{
    private static readonly DeniedNetworks Defaults = new(["169.254.169.254/32", "fd00:ec2::254/128", "127.0.0.0/8", "::1/128"]);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.0.9")]
    [InlineData("169.254.169.254")]
    [InlineData("::1")]
    [InlineData("fd00:ec2::254")]
    public void Denies_the_addresses_of_its_networks(string address) =>
        Assert.True(Defaults.Contains(IPAddress.Parse(address)));

    [Theory]
    [InlineData("0.0.0.0")] // Linux connects to loopback.
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")] // RFC 4291: IPv4-mapped.
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::127.0.0.1")] // IPv4-compatible, deprecated and still routed by some.
    [InlineData("64:ff9b::a9fe:a9fe")] // NAT64 of 169.254.169.254.
    [InlineData("64:ff9b:1:a9fe:a9:fe00::")] // RFC 8215: local NAT64, divided at 48, 56, 64 and 96 bits.
    [InlineData("64:ff9b:1:a9:fe:a9fe::")]
    [InlineData("64:ff9b:1::a9:fea9:fe00:0")]
    [InlineData("64:ff9b:1::a9fe:a9fe")]
    [InlineData("2002:7f00:1::")] // 6to4 of 127.0.0.1.
    [InlineData("2001:0:7f00:1::")] // RFC 4380: a Teredo server.
    [InlineData("2001:0:808:808:0:0:80ff:fffe")] // A Teredo client, inverted.
    [InlineData("2001:db8::5efe:a9fe:a9fe")] // RFC 5214: ISATAP.
    [InlineData("fe80::200:5efe:7f00:1")]
    [InlineData("::ffff:0:127.0.0.1")] // RFC 2765: IPv4-translated.
    public void Denies_other_spellings_of_a_denied_address(string address) =>
        Assert.True(Defaults.Contains(IPAddress.Parse(address)));

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.253")]
    [InlineData("2606:4700::1111")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("64:ff9b:1::808:808")]
    [InlineData("2002:808:808::7f00:1")]
    [InlineData("2001:0:808:808:0:0:f7f7:f7f7")]
    [InlineData("2001:db8::5eff:7f00:1")]
    [InlineData("2001:db8::7f00:1")]
    public void Leaves_other_addresses_alone(string address) =>
        Assert.False(Defaults.Contains(IPAddress.Parse(address)));

    [Fact]
    public void An_empty_list_denies_nothing() =>
        Assert.False(new DeniedNetworks([]).Contains(IPAddress.Loopback));
}
