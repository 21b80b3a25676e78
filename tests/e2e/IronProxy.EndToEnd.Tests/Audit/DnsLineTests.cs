using System.Text.Json;
using IronProxy.EndToEnd.Tests.Bypass;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Audit;

/// <summary>Questions to the DNS server of a real proxy leave lines where the policy asks for them, and only there.</summary>
public sealed class DnsLineTests : IDisposable
{
    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("all", new[] { "listed.test A own NOERROR", "unlisted.test A denied NXDOMAIN", "- - error NOTIMP", "listed.test TXT own NOERROR" })]
    [InlineData("denied", new[] { "unlisted.test A denied NXDOMAIN", "- - error NOTIMP" })]
    [InlineData("none", new string[0])]
    public async Task Questions_leave_the_lines_that_the_policy_asks_for(string setting, string[] expected)
    {
        await using var proxy = await GatewayProcess.StartAsync(_folder, $$"""
            dns: { listen: "127.0.0.1:0", proxy_ip: "192.0.2.80", deny_unlisted: true }
            log: { level: error, dns: {{setting}} }
            proxy: { http_listen: "127.0.0.1:0", https_listen: "127.0.0.1:0" }
            tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
            metrics: { listen: "127.0.0.1:0" }
            transforms: [{ name: allowlist, config: { domains: ["listed.test"] } }]
            """);
        foreach (var message in new[] { DnsAsker.Question("listed.test", "A"), DnsAsker.Question("unlisted.test", "A"), [0, 1, 0x20, 0, 0, 1, 0, 0, 0, 0, 0, 0], DnsAsker.Question("listed.test", "TXT") })
        {
            Assert.NotNull(await DnsAsker.AskAsync(proxy.Listeners["dns"], message, tcp: true, Patience.Event));
        }

        // Lines are in one order with records: what was asked before is written before.
        await proxy.FenceAsync();
        var lines = proxy.Output.Split('\n').Where(l => l.Contains("\"msg\":\"dns\"", StringComparison.Ordinal)).ToArray();
        Assert.All(lines, l => Assert.Empty(DnsLine.Validate(l)));
        Assert.Equal(expected, lines.Select(Describe));
        Assert.Empty(proxy.Records);
    }

    private static string Describe(string line)
    {
        var dns = JsonDocument.Parse(line).RootElement.GetProperty("dns");
        string Text(string member) => dns.TryGetProperty(member, out var value) ? value.GetString()! : "-";
        return $"{Text("name")} {Text("type")} {Text("answer")} {Text("rcode")}";
    }
}
