namespace IronProxy.Plan.Tests.Requests;

public sealed class CanonicalAuthorityTests
{
    [Theory]
    [InlineData("example.com", "example.com", null)]
    [InlineData("example.com:443", "example.com", 443)]
    [InlineData("EXAMPLE.com.:8443", "example.com", 8443)]
    [InlineData("10.0.0.1:1", "10.0.0.1", 1)]
    [InlineData("[::1]", "::1", null)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("example.com:00443", "example.com", 443)]
    public void Host_and_port_are_taken_apart(string raw, string host, int? port)
    {
        Assert.Null(CanonicalAuthority.TryParse(raw, out var authority));
        Assert.Equal(host, authority.Host.Text);
        Assert.Equal(port, authority.Port);
    }

    [Theory]
    [InlineData("example.com:")]
    [InlineData("example.com:0")]
    [InlineData("example.com:65536")]
    [InlineData("example.com:65979")] // 443 in 16 bits
    [InlineData("example.com:99999999999")]
    [InlineData("example.com:+80")]
    [InlineData("example.com:-80")]
    [InlineData("example.com: 80")]
    [InlineData("example.com:80 ")]
    [InlineData("example.com:8_0")]
    [InlineData("example.com:0x50")]
    [InlineData("example.com:80:80")]
    [InlineData("example.com:\u0668\u0660")] // ARABIC-INDIC DIGITS
    [InlineData("[::1]:")]
    [InlineData("::1")]
    public void A_port_is_digits_from_1_to_65535(string raw) =>
        Assert.Same(Reason.InvalidPort, CanonicalAuthority.TryParse(raw, out _));

    [Theory]
    [InlineData("[::1")]
    [InlineData("[::1]443")]
    [InlineData("[::1]x:443")]
    [InlineData("[10.0.0.1]:80")]
    [InlineData("[example.com]")]
    [InlineData("user@example.com")]
    [InlineData("example.com,api.github.com")]
    public void Anything_else_beside_the_host_is_refused(string raw) =>
        Assert.Same(Reason.InvalidHost, CanonicalAuthority.TryParse(raw, out _));

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData(".:80")]
    public void An_authority_has_a_host(string raw) =>
        Assert.Same(Reason.MissingHost, CanonicalAuthority.TryParse(raw, out _));
}
