namespace IronProxy.Plan.Tests.Requests;

public sealed class CanonicalRequestTests
{
    [Theory]
    [InlineData("https://api.github.com/v1?a=b", "https", "api.github.com", 443, "/v1", "?a=b", "api.github.com")]
    [InlineData("HTTP://API.github.com.", "http", "api.github.com", 80, "/", "", "api.github.com")]
    [InlineData("http://example.com:8080?x", "http", "example.com", 8080, "/", "?x", "example.com:8080")]
    [InlineData("https://[::1]:444/", "https", "::1", 444, "/", "", "[::1]:444")]
    [InlineData("http://example.com:443/", "http", "example.com", 443, "/", "", "example.com:443")]
    public void A_URL_is_one_request(string url, string scheme, string host, int port, string path, string query, string hostHeader)
    {
        Assert.Null(CanonicalRequest.TryCreateFromUrl("GET", url, out var request));
        Assert.Equal(scheme, request.Scheme);
        Assert.Equal(host, request.Host.Text);
        Assert.Equal(port, request.Port);
        Assert.Equal(path, request.Target.Path);
        Assert.Equal(query, request.Target.Query);
        Assert.Equal(hostHeader, request.HostHeader);
        Assert.False(request.IsDestination);
    }

    [Theory]
    [InlineData("ftp://example.com/", "unsupported_target")]
    [InlineData("example.com", "unsupported_target")]
    [InlineData("", "unsupported_target")]
    [InlineData("http:/example.com", "unsupported_target")]
    [InlineData("http://", "missing_host")]
    [InlineData("http:///x", "missing_host")]
    [InlineData("http://user@example.com/", "userinfo_in_target")]
    [InlineData("http://@example.com/", "userinfo_in_target")]
    [InlineData("http://api.github.com@example.com/", "userinfo_in_target")]
    [InlineData("http://example.com#@api.github.com/", "invalid_path")]
    [InlineData("http://example.com\\@api.github.com/", "userinfo_in_target")]
    [InlineData("http://example.com\\x/", "invalid_host")]
    [InlineData("http://example.com:0/", "invalid_port")]
    [InlineData("http://example.com/..", "dot_segment")]
    public void A_URL_that_is_not_one_request_is_refused_with_its_reason(string url, string reason) =>
        Assert.Equal(reason, CanonicalRequest.TryCreateFromUrl("GET", url, out _)?.Code);

    [Fact]
    public void A_method_in_lower_case_is_refused() =>
        Assert.Same(Reason.InvalidMethod, CanonicalRequest.TryCreateFromUrl("get", "http://example.com/", out _));

    [Fact]
    public void A_destination_has_a_host_and_a_port_only()
    {
        Assert.Null(CanonicalHost.TryCreate("example.com", bracketed: false, out var host));

        var destination = CanonicalRequest.Destination(host, 443, client: null);

        Assert.True(destination.IsDestination);
        Assert.Equal("example.com:443", destination.HostHeader);
    }
}
