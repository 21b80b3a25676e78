using IronProxy.Plan;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Tests.Upstream;

public sealed class EnvironmentProxiesTests
{
    [Theory]
    [InlineData("http_proxy=http://a:1 HTTP_PROXY=http://b:2", "http://a:1", null)]
    [InlineData("HTTP_PROXY=http://b:2 HTTPS_PROXY=https://c:3", "http://b:2", "https://c:3")]
    [InlineData("http_proxy= HTTP_PROXY=http://b:2", "http://b:2", null)]
    [InlineData("https_proxy=socks5h://c HTTPS_PROXY=http://b:2", null, "socks5h://c:1080")]
    [InlineData("all_proxy=socks5://d:4 ALL_PROXY=http://b:2", "socks5://d:4", "socks5://d:4")]
    [InlineData("ALL_PROXY=http://d:4 https_proxy=http://c:3", "http://d:4", "http://c:3")]
    [InlineData("HTTP_PROXY=http://b:2 HTTPS_PROXY=http://b:2 REQUEST_METHOD=GET", null, "http://b:2")]
    [InlineData("HTTP_PROXY=http://b:2 ALL_PROXY=http://d:4 REQUEST_METHOD=GET", "http://d:4", "http://d:4")]
    [InlineData("http_proxy=http://a:1 REQUEST_METHOD=GET", "http://a:1", null)]
    [InlineData("HTTP_PROXY=http://b:2 REQUEST_METHOD=", "http://b:2", null)]
    [InlineData("https_proxy=proxy.corp.example:3128", null, "http://proxy.corp.example:3128")]
    [InlineData("https_proxy=proxy.corp.example", null, "http://proxy.corp.example:80")]
    [InlineData("Https_Proxy=http://a:1", null, null)]
    [InlineData("", null, null)]
    public void The_variable_in_lower_case_holds_and_the_one_for_all_comes_last(string environment, string? http, string? https)
    {
        var proxies = Read(environment);
        Assert.Equal(http, proxies.Find(Origin("http", "example.com", 80))?.Address.ToString());
        Assert.Equal(https, proxies.Find(Origin("https", "example.com", 443))?.Address.ToString());
    }

    [Fact]
    public void A_variable_that_nothing_asks_is_not_read() =>
        Assert.NotNull(Read("http_proxy=http://a:1 https_proxy=http://a:1 all_proxy=ftp://x HTTP_PROXY=ftp://x").Find(Origin("http", "example.com", 80)));

    [Theory]
    [InlineData("http://svc:pass%3Aword%40@p:1", "svc", "pass:word@")]
    [InlineData("http://svc:a:b@p:1", "svc", "a:b")]
    [InlineData("svc:p@ss@p:1", "svc", "p@ss")]
    [InlineData("https://token@p:1/", "token", "")]
    [InlineData("http://:key@p:1", "", "key")]
    [InlineData("socks5://s%C3%BC%C3%9F:p@p:1", "süß", "p")]
    [InlineData("http://@p:1", null, null)]
    [InlineData("http://:@p:1", null, null)]
    [InlineData("http://p:1", null, null)]
    public async Task Credentials_of_the_URL_are_what_the_proxy_is_shown(string url, string? username, string? password)
    {
        var proxy = Read($"https_proxy={url}").Find(Origin("https", "example.com", 443))!;
        var shown = await proxy.CredentialsAsync(CancellationToken.None);
        Assert.Equal((username, password), (shown?.Username, shown?.Password.Reveal()));
    }

    [Theory]
    [InlineData("ftp://canary@p:1", "the scheme is none of http, https, socks5 and socks5h")]
    [InlineData("socks4://canary@p:1", "the scheme is none of http, https, socks5 and socks5h")]
    [InlineData("http://svc:canary/1@p:1", "no host and port can be read in it")]
    [InlineData("http://svc:canary@p:1/pac", "a proxy has neither path nor query")]
    [InlineData("http://svc:canary@", "no host and port can be read in it")]
    [InlineData("http://svc:canary@010.1.2.3:1", "no host and port can be read in it")]
    [InlineData("http://svc:canary@p:99999", "no host and port can be read in it")]
    [InlineData("http://svc:canary%4@p:1", "the credentials have a percent sign that begins no escape of UTF-8")]
    [InlineData("http://svc:canary%@p:1", "the credentials have a percent sign that begins no escape of UTF-8")]
    [InlineData("http://svc:canary%zz@p:1", "the credentials have a percent sign that begins no escape of UTF-8")]
    [InlineData("http://svc:canary%FF@p:1", "the credentials have a percent sign that begins no escape of UTF-8")]
    [InlineData("http://svc:canary%0D%0AHost:x@p:1", "the password has a line break or another control character, so it cannot be sent to a proxy")]
    [InlineData("http://canary%00:x@p:1", "the user name has a line break or another control character, so it cannot be sent to a proxy")]
    [InlineData("http://canary%3A:x@p:1", "the user name has a colon, and the password would begin behind it")]
    [InlineData("socks5://canary@p:1", "a SOCKS5 proxy is shown a user name and a password together")]
    public void A_URL_that_cannot_be_used_is_told_by_its_variable_and_not_repeated(string url, string problem)
    {
        var error = Assert.Throws<StartupException>(() => Read($"HTTPS_PROXY={url}"));
        Assert.Equal($"HTTPS_PROXY of the environment, which proxy.upstream_proxy asks for (from_environment), cannot be used: {problem}.", error.Message);
        Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_that_SOCKS5_cannot_carry_are_refused() =>
        Assert.Contains("is longer than 255 bytes", Assert.Throws<StartupException>(() => Read($"all_proxy=socks5://svc:{new string('x', 256)}@p:1")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("example.com", "example.com", true)]
    [InlineData("Example.COM", "api.example.com", true)]
    [InlineData(".example.com", "example.com", true)]
    [InlineData("*.example.com", "api.example.com", true)]
    [InlineData("example.com", "notexample.com", false)]
    [InlineData("example.com", "example.com.evil.test", false)]
    [InlineData("a.test, example.com", "example.com", true)]
    [InlineData("a.test example.com", "example.com", true)]
    [InlineData(",,a.test,", "example.com", false)]
    [InlineData("*", "example.com", true)]
    [InlineData("*", "192.0.2.7", true)]
    [InlineData("example.com:443", "example.com", true)]
    [InlineData("example.com:8443", "example.com", false)]
    [InlineData("192.0.2.7", "192.0.2.7", true)]
    [InlineData("192.0.2.7:443", "192.0.2.7", true)]
    [InlineData("192.0.2.7:80", "192.0.2.7", false)]
    [InlineData("192.0.2.77/24", "192.0.2.7", true)]
    [InlineData("192.0.2.0/29", "192.0.2.9", false)]
    [InlineData("0.0.0.0/0", "192.0.2.9", true)]
    [InlineData("0.0.0.0/0", "example.com", false)]
    [InlineData("fd00::/8", "fd12::1", true)]
    [InlineData("fd00::/8", "fe80::1", false)]
    [InlineData("fd00::5", "fd00:0::5", true)]
    [InlineData("[fd00::5]:443", "fd00::5", true)]
    [InlineData("localhost", "localhost", true)]
    [InlineData("a.test", "localhost", false)]
    public void Hosts_of_NO_PROXY_are_dialled_without_one(string hosts, string host, bool isDirect)
    {
        Assert.Equal(isDirect, Read("https_proxy=http://p:1", hosts).Find(Origin("https", host, 443)) is null);
    }

    [Theory]
    [InlineData("localhost,10.*", 2)]
    [InlineData("a.test b.test 10.0.0.0/33", 3)]
    [InlineData("127.1", 1)]
    [InlineData("10.0.0.0/", 1)]
    [InlineData("a.test:0", 1)]
    [InlineData("http://a.test", 1)]
    public void An_entry_of_NO_PROXY_that_cannot_be_read_is_counted_and_not_repeated(string hosts, int entry) =>
        Assert.Equal(
            $"NO_PROXY of the environment, which proxy.upstream_proxy asks for (from_environment), cannot be used: entry {entry} is neither a name, nor an address, nor a network.",
            Assert.Throws<StartupException>(() => Read("https_proxy=http://p:1", hosts)).Message);

    private static UpstreamProxies Read(string environment, string? noProxy = null)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        return EnvironmentProxies.Read(name => name == "NO_PROXY" ? noProxy : variables.GetValueOrDefault(name));
    }

    private static UpstreamOrigin Origin(string scheme, string host, int port)
    {
        Assert.Null(CanonicalHost.TryCreateFromText(host, out var canonical));
        return new UpstreamOrigin(scheme, canonical, port);
    }
}
