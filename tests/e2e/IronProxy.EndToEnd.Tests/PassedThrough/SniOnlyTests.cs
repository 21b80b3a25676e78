using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Bypass;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.PassedThrough;

/// <summary>Clients that verify the upstream's own certificate, through a proxy that has none.</summary>
public sealed class SniOnlyTests(SniOnlyProxy example) : IClassFixture<SniOnlyProxy>
{
    [SkippableTheory]
    [InlineData("http://", "--http1.1", "--tls-max", "1.2")]
    [InlineData("http://", "--http1.1", "--tlsv1.3")]
    [InlineData("socks5h://", "--http1.1", "--tlsv1.3")]
    [InlineData("socks5h://", "--tls-max", "1.2")]
    public async Task Curl_speaks_to_the_upstream_itself_in_a_tunnel(string proxy, params string[] options)
    {
        await using var upstream = StartTls();
        var mark = await example.Proxy.MarkAsync();
        Assert.Equal("ok\n", await CurlAsync([.. options, "-x", $"{proxy}127.0.0.1:{Port("tunnel")}", $"https://api.example.com:{upstream.Port}/v1"]));
        Assert.StartsWith("GET /v1 HTTP/1.1\r\n", upstream.Received, StringComparison.Ordinal);

        var records = await example.Proxy.RecordsSinceAsync(mark, 2);
        Assert.Equal(["CONNECT allow opened", " allow delivered"], records.Select(r => r.GetProperty("audit")).Select(a => $"{a.GetProperty("method")} {a.GetProperty("action")} {a.GetProperty("outcome")}"));
        var audit = records[1].GetProperty("audit");
        Assert.Equal(("sni-only", "api.example.com", "api.example.com", "tunnel"), (Text(audit, "mode"), Text(audit, "host"), Text(audit, "sni"), Text(audit, "listener")));
    }

    [SkippableFact]
    public async Task The_https_listener_passes_through_to_port_443()
    {
        ScriptedUpstream upstream;
        try
        {
            upstream = ScriptedUpstream.StartAt(new IPEndPoint(IPAddress.Parse(SniOnlyProxy.HttpsAddress), 443), example.Folder.UpstreamCertificate(["direct.example.com"]));
        }
        catch (SocketException e)
        {
            throw new SkipException($"Port 443 cannot be bound: {e.Message}");
        }

        await using (upstream)
        {
            var mark = await example.Proxy.MarkAsync();
            Assert.Equal("ok\n", await CurlAsync("--connect-to", $"direct.example.com:443:{example.Proxy.Listeners["https"]}", "https://direct.example.com/x"));
            Assert.StartsWith("GET /x HTTP/1.1\r\nHost: direct.example.com\r\n", upstream.Received, StringComparison.Ordinal);
            var audit = Assert.Single(await example.Proxy.RecordsSinceAsync(mark, 1)).GetProperty("audit");
            Assert.Equal(("sni-only", "allow", "443", "https", "delivered"), (Text(audit, "mode"), Text(audit, "action"), Text(audit, "port"), Text(audit, "listener"), Text(audit, "outcome")));
        }
    }

    [SkippableFact]
    public async Task Curl_sees_a_denial_as_an_alert()
    {
        CommandLine.Require("curl", "curl");
        var mark = await example.Proxy.MarkAsync();
        var (exit, _, error) = await CommandLine.RunAsync("curl", "-sS", "--connect-to", $"denied.test:443:{example.Proxy.Listeners["https"]}", "https://denied.test/");
        Assert.Equal(35, exit);
        Assert.Contains("access denied", error, StringComparison.OrdinalIgnoreCase);
        var audit = Assert.Single(await example.Proxy.RecordsSinceAsync(mark, 1)).GetProperty("audit");
        Assert.Equal(("host_not_allowed", "refused", "403"), (Text(audit, "reason"), Text(audit, "outcome"), Text(audit, "status_code")));
    }

    /// <summary>With socks5:// curl looks the name up itself: the tunnel is to an address, and the server name is another host.</summary>
    [SkippableFact]
    public async Task A_tunnel_to_an_address_with_a_server_name_inside_is_refused()
    {
        CommandLine.Require("curl", "curl");
        await using var proxy = await GatewayProcess.StartAsync(example.Folder, ExampleProxy.Settings
            .Replace("tls: { ca_cert: \"ca.crt\", ca_key: \"ca.key\" }", "tls: { mode: sni-only }", StringComparison.Ordinal)
            + "transforms: [{ name: allowlist, config: { domains: [\"*\"], cidrs: [\"127.0.0.0/8\"] } }]");
        await using var upstream = StartTls();
        var (exit, _, _) = await CommandLine.RunAsync(
            "curl", "-sS", "--resolve", $"api.example.com:{upstream.Port}:127.0.0.1", "-x", $"socks5://127.0.0.1:{proxy.Listeners["tunnel"].Port}", $"https://api.example.com:{upstream.Port}/");
        Assert.Equal(35, exit);
        var records = await proxy.RecordsSinceAsync(0, 2);
        Assert.Equal("authority_mismatch", Text(records[1].GetProperty("audit"), "reason"));
        Assert.Equal("", upstream.Received);
    }

    [SkippableFact]
    public async Task Openssl_verifies_the_upstream_over_a_message_in_many_records()
    {
        CommandLine.Require("openssl", "openssl");
        await using var upstream = StartTls();
        var (exit, output, error) = await CommandLine.RunAsync(
            "openssl", "s_client", "-proxy", $"127.0.0.1:{Port("tunnel")}", "-connect", $"api.example.com:{upstream.Port}", "-servername", "api.example.com",
            "-CAfile", example.Folder.UpstreamCaFile, "-verify_return_error", "-verify_hostname", "api.example.com", "-max_send_frag", "512", "-split_send_frag", "64");
        Assert.True(exit == 0, output + error);
        Assert.Contains("Verification: OK", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_body_goes_through_in_both_directions()
    {
        const int size = 30_000_000;
        var received = 0;
        await using var upstream = ScriptedUpstream.Start(
            async exchange =>
            {
                received = (await exchange.ReadBodyAsync()).Length;
                await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n");
                await exchange.WriteAsync(new byte[size]);
            },
            example.Folder.UpstreamCertificate(["api.example.com"]));
        var file = example.Folder.Write("large.txt", new string('x', 3_000_000));
        var length = await CurlAsync(
            "--data-binary", "@" + file, "-o", "/dev/null", "-w", "%{size_download}", "-x", $"http://127.0.0.1:{Port("tunnel")}", $"https://api.example.com:{upstream.Port}/");
        Assert.Equal((3_000_000, size.ToString(CultureInfo.InvariantCulture)), (received, length));
    }

    [SkippableFact]
    public async Task Http_without_TLS_goes_on_as_it_does_elsewhere()
    {
        await using var upstream = ScriptedUpstream.Start();
        Assert.Equal("ok\n", await CurlAsync("--connect-to", $"api.example.com:{upstream.Port}:{example.Proxy.Listeners["http"]}", $"http://api.example.com:{upstream.Port}/"));
        Assert.Equal("ok\n", await CurlAsync("-p", "-x", $"http://127.0.0.1:{Port("tunnel")}", $"http://api.example.com:{upstream.Port}/"));
    }

    [Fact]
    public async Task What_is_open_when_the_proxy_ends_has_its_record()
    {
        await using var proxy = await example.StartAsync();
        await using var upstream = StartTls();
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["tunnel"]);
        await client.SendAsync($"CONNECT api.example.com:{upstream.Port} HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
        await client.SendAsync(Encoding.Latin1.GetString(RawClientHello.Create("api.example.com")));
        await client.ReadUntilAsync("\r\n\r\n\x16");

        Assert.Equal(0, await proxy.TerminateAsync());
        Assert.Equal(["connect", "sni-only"], proxy.Records.Select(r => Text(r.GetProperty("audit"), "mode")));
    }

    private static string Text(JsonElement audit, string member) => audit.GetProperty(member).ToString();

    private int Port(string listener) => example.Proxy.Listeners[listener].Port;

    private ScriptedUpstream StartTls() => ScriptedUpstream.Start(example.Folder.UpstreamCertificate(["api.example.com"]));

    private async Task<string> CurlAsync(params string[] arguments)
    {
        CommandLine.Require("curl", "curl");
        var (exit, output, error) = await CommandLine.RunAsync("curl", ["-sS", "--cacert", example.Folder.UpstreamCaFile, .. arguments]);
        Assert.True(exit == 0, $"curl ended with {exit}: {error}");
        return output;
    }
}
