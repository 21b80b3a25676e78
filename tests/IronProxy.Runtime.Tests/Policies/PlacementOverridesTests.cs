using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Runtime.Policies;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Policies;

public sealed class PlacementOverridesTests
{
    private const string Usual = """
        dns: { listen: ":53", proxy_ip: 192.0.2.1, upstream_resolver: "192.0.2.53:53" }
        proxy: { http_listen: ":80", https_listen: ":443", tunnel_listen: ":1080" }
        tls: { ca_cert: ca.crt, ca_key: ca.key }
        metrics: { listen: ":9090" }
        management: { listen: "127.0.0.1:9092", api_key_env: KEY }
        log: { level: info, dns: all, format: text }
        transforms: [{ name: allowlist, config: { domains: [a.example] } }]
        """;

    /// <summary>A value for each variable, and what a proxy.yaml would have in its place.</summary>
    public static TheoryData<string, string, string, string> Values => new()
    {
        { "IRON_DNS_LISTEN", "127.0.0.1:54", "listen: \":53\"", "listen: \"127.0.0.1:54\"" },
        { "IRON_DNS_LISTEN", "off", "listen: \":53\"", "listen: \"\"" },
        { "IRON_DNS_PROXY_IP", "192.0.2.2", "proxy_ip: 192.0.2.1", "proxy_ip: 192.0.2.2" },
        { "IRON_DNS_PROXY_IP", "2001:DB8::1", "proxy_ip: 192.0.2.1", "proxy_ip: \"2001:db8::1\"" },
        { "IRON_DNS_PROXY_IPV6", "2001:db8:0::2", "192.0.2.1,", "192.0.2.1, proxy_ipv6: \"2001:db8::2\"," },
        { "IRON_DNS_UPSTREAM_RESOLVER", "192.0.2.54", "192.0.2.53:53", "192.0.2.54" },
        { "IRON_DNS_UPSTREAM_RESOLVER", "[2001:db8::53]:54", "192.0.2.53:53", "[2001:db8::53]:54" },
        { "IRON_PROXY_HTTP_LISTEN", ":81", "http_listen: \":80\"", "http_listen: \":81\"" },
        { "IRON_PROXY_HTTPS_LISTEN", "off", "https_listen: \":443\"", "https_listen: \"\"" },
        { "IRON_PROXY_TUNNEL_LISTEN", "[::1]:8080", "tunnel_listen: \":1080\"", "tunnel_listen: \"[::1]:8080\"" },
        { "IRON_TLS_CA_CERT", "/etc/other.crt", "ca_cert: ca.crt", "ca_cert: /etc/other.crt" },
        { "IRON_TLS_CA_KEY", "other.key", "ca_key: ca.key", "ca_key: other.key" },
        { "IRON_MANAGEMENT_LISTEN", "127.0.0.1:9093", "127.0.0.1:9092", "127.0.0.1:9093" },
        { "IRON_MANAGEMENT_LISTEN", "off", "management: { listen: \"127.0.0.1:9092\", api_key_env: KEY }\n", "" },
        { "IRON_METRICS_LISTEN", "localhost:9091", "\":9090\"", "\"127.0.0.1:9091\"" },
        { "IRON_LOG_LEVEL", "error", "level: info", "level: error" },
        { "IRON_LOG_DNS", "denied", "dns: all", "dns: denied" },
        { "IRON_LOG_DNS", "none", "dns: all", "dns: none" },
        { "IRON_LOG_FORMAT", "json", "format: text", "format: json" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_variable_stands_in_the_place_of_its_key_and_the_hashes_stay(string name, string value, string usual, string other)
    {
        var before = Compile(Usual);
        var placed = Read((name, value)).Apply(before);

        Assert.Empty(Placement.Difference(Compile(Usual.Replace(usual, other, StringComparison.Ordinal)), placed));
        Assert.Equal((before.PolicyHash, before.FileHash), (placed.PolicyHash, placed.FileHash));
    }

    [Fact]
    public void Every_variable_has_a_case() =>
        Assert.Equal(PlacementVariable.All.Select(v => v.Name), Values.Select(row => (string)row[0]).Distinct(StringComparer.Ordinal));

    [Theory]
    [InlineData("IRON_DNS_LISTEN", "53")]
    [InlineData("IRON_DNS_PROXY_IP", "proxy.internal")]
    [InlineData("IRON_DNS_PROXY_IP", "010.0.0.1")]
    [InlineData("IRON_DNS_PROXY_IPV6", "192.0.2.1")]
    [InlineData("IRON_DNS_PROXY_IPV6", "::ffff:192.0.2.1")]
    [InlineData("IRON_DNS_UPSTREAM_RESOLVER", ":53")]
    [InlineData("IRON_DNS_UPSTREAM_RESOLVER", "8.8.8.8:0")]
    [InlineData("IRON_DNS_UPSTREAM_RESOLVER", "dns.google")]
    [InlineData("IRON_PROXY_HTTP_LISTEN", "proxy.internal:80")]
    [InlineData("IRON_PROXY_HTTP_LISTEN", ":65536")]
    [InlineData("IRON_PROXY_HTTPS_LISTEN", "OFF")]
    [InlineData("IRON_PROXY_TUNNEL_LISTEN", "::1:8080")]
    [InlineData("IRON_MANAGEMENT_LISTEN", "127.0.0.1")]
    [InlineData("IRON_METRICS_LISTEN", " :9090")]
    [InlineData("IRON_LOG_LEVEL", "trace")]
    [InlineData("IRON_LOG_DNS", "yes")]
    [InlineData("IRON_LOG_FORMAT", "pretty")]
    public void A_value_that_is_none_is_one_error_that_names_the_variable_and_not_the_value(string name, string value)
    {
        var variable = PlacementVariable.All.Single(v => v.Name == name);
        Assert.Equal($"{name} cannot be used: {variable.Key} takes {variable.Takes}.", Fails(Usual, (name, value)));
    }

    [Theory]
    [InlineData("IRON_DNS_LISTEN", ":53", "IRON_DNS_LISTEN is set, and the policy has no section dns.")]
    [InlineData("IRON_DNS_PROXY_IP", "192.0.2.1", "IRON_DNS_PROXY_IP is set, and the policy has no section dns.")]
    [InlineData("IRON_MANAGEMENT_LISTEN", ":9092", "IRON_MANAGEMENT_LISTEN is set, and the policy has no section management.")]
    [InlineData("IRON_TLS_MODE", "mitm", "IRON_TLS_MODE is set, and no variable changes tls.mode: write it in proxy.yaml.")]
    [InlineData("IRON_PROXY_MAX_REQUEST_BODY_BYTES", "1", "IRON_PROXY_MAX_REQUEST_BODY_BYTES is set, and no variable changes proxy.max_request_body_bytes: write it in proxy.yaml.")]
    [InlineData("IRON_DNS_ENABLED", "false", "IRON_DNS_ENABLED is set and not read: IRON_DNS_LISTEN=off switches the DNS server off.")]
    public void A_variable_that_would_change_nothing_is_an_error(string name, string value, string error) =>
        Assert.Equal(error, Fails("""
            tls: { ca_cert: ca.crt, ca_key: ca.key }
            transforms: [{ name: allowlist, config: { domains: [a.example] } }]
            """, (name, value)));

    [Fact]
    public void What_the_compiler_checks_holds_behind_the_environment_too()
    {
        Assert.Contains("IRON_DNS_PROXY_IP", Fails(Usual.Replace("listen: \":53\", proxy_ip: 192.0.2.1", "listen: \"\"", StringComparison.Ordinal), ("IRON_DNS_LISTEN", ":53")), StringComparison.Ordinal);
        Assert.Equal(
            "proxy.tunnel_listen and management.listen both listen on 127.0.0.1:9092 by now: give each its own port.",
            Fails(Usual, ("IRON_PROXY_TUNNEL_LISTEN", "127.0.0.1:9092")));
        Assert.Contains("both IPv6", Fails(Usual, ("IRON_DNS_PROXY_IP", "2001:db8::1"), ("IRON_DNS_PROXY_IPV6", "2001:db8::2")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_empty_is_not_set_and_without_a_CA_its_paths_change_nothing()
    {
        Assert.Empty(Read([.. PlacementVariable.All.Select(v => (v.Name, ""))]).Names);
        var passed = Compile(Usual.Replace("tls: { ca_cert: ca.crt, ca_key: ca.key }", "tls: { mode: sni-only }", StringComparison.Ordinal));
        Assert.Empty(Placement.Difference(passed, Read(("IRON_TLS_CA_CERT", "a"), ("IRON_TLS_CA_KEY", "b")).Apply(passed)));
    }

    [Fact]
    public void Text_can_be_asked_for_of_a_policy_that_asks_for_nothing() =>
        Assert.Equal(LogPlan.TextFormat, Read(("IRON_LOG_FORMAT", "text")).Apply(Compile(Usual.Replace(", format: text", "", StringComparison.Ordinal))).Log.Format);

    [Fact]
    public void The_page_has_them_all_in_order()
    {
        var rows = File.ReadLines(RepositoryRoot.Combine("docs", "reference", "environment.md")).Where(l => l.StartsWith("| `IRON_", StringComparison.Ordinal));
        Assert.Equal(PlacementVariable.All.Select(v => $"| `{v.Name}` | `{v.Key}` | {v.Takes} |"), rows);
    }

    private static PlacementOverrides Read(params (string Name, string Value)[] variables) =>
        PlacementOverrides.Read(name => variables.FirstOrDefault(v => v.Name == name).Value);

    private static string Fails(string policy, params (string Name, string Value)[] variables) =>
        Assert.Throws<StartupException>(() => Read(variables).Apply(Compile(policy))).Message;

    private static ProxyPlan Compile(string text)
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", text));
        return result.Plan ?? throw new InvalidDataException(string.Join('\n', result.Diagnostics));
    }
}
