using System.Net;

namespace IronProxy.Plan.Tests.Requests;

public sealed class CanonicalHostTests
{
    private const string LongLabel = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    [Theory]
    [InlineData("api.github.com", "api.github.com")]
    [InlineData("API.GitHub.COM", "api.github.com")]
    [InlineData("api.github.com.", "api.github.com")]
    [InlineData("localhost", "localhost")]
    [InlineData("a_b.example.com", "a_b.example.com")]
    [InlineData("_dmarc.example.com", "_dmarc.example.com")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("XN--Bcher-KVA.example", "xn--bcher-kva.example")]
    [InlineData("_dmarc.xn--bcher-kva.example", "_dmarc.xn--bcher-kva.example")]
    [InlineData("1.2.3.4.example", "1.2.3.4.example")]
    [InlineData("example.ax", "example.ax")]
    [InlineData("3com.com", "3com.com")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.1.", "10.0.0.1")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    public void Hosts_have_one_spelling(string raw, string expected)
    {
        Assert.Null(CanonicalHost.TryCreate(raw, bracketed: false, out var host));
        Assert.Equal(expected, host.Text);
        Assert.Equal(expected, host.UriText);
        Assert.Equal(expected, host.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    public void No_host_is_not_a_host(string raw) =>
        Assert.Same(Reason.MissingHost, CanonicalHost.TryCreate(raw, bracketed: false, out _));

    [Theory]
    [InlineData("example.com..")]
    [InlineData(".example.com")]
    [InlineData("a..example.com")]
    [InlineData("..")]
    [InlineData("*.example.com")]
    [InlineData("-a.example.com")]
    [InlineData("a-.example.com")]
    [InlineData("a b.example.com")]
    [InlineData(" example.com")]
    [InlineData("example.com\t")]
    [InlineData("a\0.example.com")]
    [InlineData("a\r\n.example.com")]
    [InlineData("a%2e.example.com")]
    [InlineData("user@example.com")]
    [InlineData("example.com/x")]
    [InlineData("example.com\\x")]
    [InlineData("example.com:443")]
    [InlineData("bücher.example")]
    [InlineData("exam\u2024ple.com")] // ONE DOT LEADER
    [InlineData("example\u3002com")] // IDEOGRAPHIC FULL STOP
    [InlineData("\uFF45xample.com")] // FULLWIDTH LETTER E
    [InlineData("\u0130.example")] // lower-cases to two characters elsewhere
    [InlineData("\u212Aube.example")] // KELVIN SIGN lower-cases to k
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("xn--a!.example")]
    [InlineData("xn--99999999.example")] // not punycode
    [InlineData("xn--.example")]
    [InlineData("xn--abc-.example")] // decodes to plain ASCII: a second spelling of abc
    public void What_could_be_read_in_two_ways_is_refused(string raw) =>
        Assert.Same(Reason.InvalidHost, CanonicalHost.TryCreate(raw, bracketed: false, out _));

    [Theory]
    [InlineData("127.1")]
    [InlineData("127.0.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("0X7F.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.0.0.01")]
    [InlineData("127.0.0.1.1")]
    [InlineData("256.0.0.1")]
    [InlineData("1.2.3.999")]
    [InlineData("example.0x1")]
    [InlineData("example.0x")]
    [InlineData("example.12")]
    [InlineData("127.1.")]
    public void Addresses_in_unusual_notations_are_refused(string raw) =>
        Assert.Same(Reason.AmbiguousAddress, CanonicalHost.TryCreate(raw, bracketed: false, out _));

    [Theory]
    [InlineData("::1", "::1")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("2001:DB8::0007", "2001:db8::7")]
    public void Addresses_of_IPv6_stand_in_brackets(string raw, string expected)
    {
        Assert.Null(CanonicalHost.TryCreate(raw, bracketed: true, out var host));
        Assert.Equal(expected, host.Text);
        Assert.Equal($"[{expected}]", host.UriText);
        Assert.Equal(IPAddress.Parse(expected), host.Address);
    }

    [Theory]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::FFFF:a00:1")]
    public void An_IPv4_address_inside_of_IPv6_is_an_IPv4_address(string raw)
    {
        Assert.Null(CanonicalHost.TryCreate(raw, bracketed: true, out var host));
        Assert.Equal("10.0.0.1", host.UriText);
        Assert.Equal(CanonicalHost.FromAddress(IPAddress.Parse("10.0.0.1")), host);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3.4")]
    [InlineData("example.com")]
    [InlineData("fe80::1%1")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("::1]:80")]
    [InlineData(" ::1")]
    [InlineData("::1 ")]
    [InlineData("::1/64")]
    [InlineData("1::2::3")]
    [InlineData("::12345")]
    [InlineData("::0x1")]
    public void Brackets_hold_IPv6_addresses_and_nothing_else(string raw) =>
        Assert.Same(Reason.InvalidHost, CanonicalHost.TryCreate(raw, bracketed: true, out _));

    [Fact]
    public void Names_and_labels_keep_to_their_lengths()
    {
        var label = new string('a', 63);
        var longest = $"{label}.{label}.{label}.{new string('b', 61)}";

        Assert.Null(CanonicalHost.TryCreate(longest, bracketed: false, out _));
        Assert.Null(CanonicalHost.TryCreate(longest + ".", bracketed: false, out _));
        Assert.Same(Reason.InvalidHost, CanonicalHost.TryCreate(longest + "b", bracketed: false, out _));
        Assert.Same(Reason.InvalidHost, CanonicalHost.TryCreate(label + "a.example", bracketed: false, out _));
    }

    [Theory]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.Example", "xn--bcher-kva.example")]
    [InlineData("_dmarc.bücher.example", "_dmarc.xn--bcher-kva.example")]
    [InlineData("api.github.com", "api.github.com")]
    [InlineData("[2001:db8::7]", "2001:db8::7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    public void A_person_may_write_names_beyond_ASCII_and_bare_addresses(string text, string expected)
    {
        Assert.Null(CanonicalHost.TryCreateFromText(text, out var host));
        Assert.Equal(expected, host.Text);
    }

    [Theory]
    [InlineData("b\u00FC..example")]
    [InlineData(LongLabel + "\u00FC.example")]
    public void What_has_no_punycode_is_refused(string text)
    {
        Assert.False(CanonicalHost.TryToAscii(text, out _));
        Assert.Same(Reason.InvalidHost, CanonicalHost.TryCreateFromText(text, out _));
    }
}
