namespace IronProxy.Plan.Tests;

public sealed class UpstreamProxyAddressTests
{
    [Theory]
    [InlineData("http://proxy.corp.example:3128", "http://proxy.corp.example:3128")]
    [InlineData("HTTPS://Proxy.Corp.Example/", "https://proxy.corp.example:443")]
    [InlineData("http://10.0.0.9", "http://10.0.0.9:80")]
    [InlineData("socks5://[FD00::9]", "socks5://[fd00::9]:1080")]
    [InlineData("socks5h://proxy:9", "socks5h://proxy:9")]
    public void A_proxy_has_a_scheme_a_host_and_a_port(string url, string canonical)
    {
        Assert.Null(UpstreamProxyAddress.TryParse(url, out var address));
        Assert.Equal(canonical, address.ToString());
        Assert.Null(UpstreamProxyAddress.TryParse(canonical, out var again));
        Assert.Equal(address, again);
        Assert.Equal(canonical.StartsWith("socks", StringComparison.Ordinal), address.IsSocks);
    }

    [Theory]
    [InlineData("proxy.corp.example:3128", "unsupported_target")]
    [InlineData("://proxy", "unsupported_target")]
    [InlineData("socks4://proxy", "unsupported_target")]
    [InlineData("socks://proxy", "unsupported_target")]
    [InlineData("ftp://proxy", "unsupported_target")]
    [InlineData("", "unsupported_target")]
    [InlineData("http://user:pass@proxy", "userinfo_in_target")]
    [InlineData("http://proxy/wpad", "invalid_path")]
    [InlineData("http://proxy//", "invalid_path")]
    [InlineData("http://proxy?x", "invalid_path")]
    [InlineData("http://proxy#x", "invalid_path")]
    [InlineData("http://", "missing_host")]
    [InlineData("http:///", "missing_host")]
    [InlineData("http://proxy:0", "invalid_port")]
    [InlineData("http://proxy:", "invalid_port")]
    [InlineData("http://proxy:65536", "invalid_port")]
    [InlineData("http://pro xy", "invalid_host")]
    [InlineData("http://pro\r\nxy", "invalid_host")]
    [InlineData("socks5://127.1", "ambiguous_address")]
    public void What_is_none_is_refused(string url, string reason) => Assert.Equal(reason, UpstreamProxyAddress.TryParse(url, out _)?.Code);
}
