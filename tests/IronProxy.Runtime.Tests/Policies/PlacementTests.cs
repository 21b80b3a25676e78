using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Runtime.Policies;

namespace IronProxy.Runtime.Tests.Policies;

public sealed class PlacementTests
{
    private const string Usual = """
        dns: { listen: ":53", proxy_ip: 192.0.2.1, upstream_resolver: "192.0.2.53:53" }
        proxy: { http_listen: ":80", https_listen: ":443", tunnel_listen: ":1080" }
        tls: { ca_cert: ca.crt, ca_key: ca.key }
        metrics: { listen: ":9090" }
        management: { listen: "127.0.0.1:9092", api_key_env: KEY }
        log: { level: info }
        transforms: [{ name: allowlist, config: { domains: [a.example] } }]
        """;

    [Theory]
    [InlineData("\":53\"", "\":54\"", "dns.listen")]
    [InlineData("192.0.2.1,", "192.0.2.2,", "dns.proxy_ip")]
    [InlineData("192.0.2.53:53", "192.0.2.54:53", "dns.upstream_resolver")]
    [InlineData("192.0.2.1,", "192.0.2.1, proxy_ipv6: \"2001:db8::1\",", "dns.proxy_ipv6")]
    [InlineData("level: info", "dns: all", "log.dns")]
    [InlineData("level: info", "format: text", "log.format")]
    [InlineData("\":80\"", "\":81\"", "proxy.http_listen")]
    [InlineData("\":443\"", "\":444\"", "proxy.https_listen")]
    [InlineData("\":1080\"", "\"\"", "proxy.tunnel_listen")]
    [InlineData("ca_cert: ca.crt", "ca_cert: other.crt", "tls.ca_cert")]
    [InlineData("ca_key: ca.key", "ca_key: other.key", "tls.ca_key")]
    [InlineData("\":9090\"", "\":9091\"", "metrics.listen")]
    [InlineData("127.0.0.1:9092", "127.0.0.1:9093", "management.listen")]
    [InlineData("env: KEY", "env: OTHER_KEY", "management.api_key_env")]
    [InlineData("level: info", "level: debug", "log.level")]
    [InlineData("log:", "limits: { requests: 10 }\nlog:", "limits")]
    public void What_takes_a_restart_is_named(string usual, string other, string name) =>
        Assert.Equal([name], Placement.Difference(Compile(Usual), Compile(Usual.Replace(usual, other, StringComparison.Ordinal))));

    [Theory]
    [InlineData("a.example", "b.example")]
    [InlineData("upstream_resolver", "records: [{ name: c.example, type: A, value: 192.0.2.9 }], upstream_resolver")]
    [InlineData("192.0.2.1,", "192.0.2.1, deny_unlisted: true,")]
    [InlineData("tunnel_listen: \":1080\"", "tunnel_listen: \":1080\", upstream_deny_cidrs: [10.0.0.0/8], max_request_body_bytes: 7")]
    [InlineData("tunnel_listen: \":1080\"", "tunnel_listen: \":1080\", upstream_ca: [corp.pem], upstream_proxy: { https_proxy: \"http://proxy.corp.example:3128\" }")]
    public void What_is_decided_takes_none(string usual, string other) =>
        Assert.Empty(Placement.Difference(Compile(Usual), Compile(Usual.Replace(usual, other, StringComparison.Ordinal))));

    private static ProxyPlan Compile(string text)
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", text));
        return result.Plan ?? throw new InvalidDataException(string.Join('\n', result.Diagnostics));
    }
}
