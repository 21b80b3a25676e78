using System.Globalization;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.Tools;

/// <summary>curl through every listener, in every way that it knows to use a proxy.</summary>
public sealed class CurlTests(ExampleProxy example) : IClassFixture<ExampleProxy>
{
    [SkippableTheory]
    [InlineData("--http1.1", "1.1")]
    [InlineData("--http2", "2")]
    public async Task The_transparent_TLS_listener_serves_both_versions_of_HTTP(string option, string version)
    {
        await using var upstream = StartTls();
        var listener = example.Proxy.Listeners["https"];
        var answer = await CurlAsync(
            option, "--connect-to", $"api.example.com:{upstream.Port}:{listener}", Url("https", upstream), "-w", "%{http_version}");

        Assert.Equal("ok\n" + version, answer);
        Assert.StartsWith("GET /v1/x?q=1 HTTP/1.1\r\n", upstream.Received, StringComparison.Ordinal);
        Assert.Contains($"Host: api.example.com:{upstream.Port}\r\n", upstream.Received, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_transparent_listener_without_TLS_goes_by_the_Host_header()
    {
        await using var upstream = ScriptedUpstream.Start();
        var listener = example.Proxy.Listeners["http"];
        Assert.Equal("ok\n", await CurlAsync("--connect-to", $"api.example.com:{upstream.Port}:{listener}", Url("http", upstream)));
    }

    [SkippableTheory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task A_CONNECT_tunnel_carries_TLS(string option)
    {
        await using var upstream = StartTls();
        Assert.Equal("ok\n", await CurlAsync(option, "-x", $"http://127.0.0.1:{example.Port("tunnel")}", Url("https", upstream)));
    }

    [SkippableFact]
    public async Task A_CONNECT_tunnel_carries_HTTP_without_TLS()
    {
        await using var upstream = ScriptedUpstream.Start();
        Assert.Equal("ok\n", await CurlAsync("-p", "-x", $"http://127.0.0.1:{example.Port("tunnel")}", Url("http", upstream)));
    }

    [SkippableTheory]
    [InlineData("https")]
    [InlineData("http")]
    public async Task A_SOCKS5_tunnel_by_name_carries_both(string scheme)
    {
        await using var upstream = scheme == "https" ? StartTls() : ScriptedUpstream.Start();
        Assert.Equal("ok\n", await CurlAsync("-x", $"socks5h://127.0.0.1:{example.Port("tunnel")}", Url(scheme, upstream)));
    }

    [SkippableTheory]
    [InlineData("tunnel")]
    [InlineData("http")]
    public async Task Absolute_form_is_served_on_the_tunnel_port_and_the_plain_one(string listener)
    {
        await using var upstream = ScriptedUpstream.Start();
        Assert.Equal("ok\n", await CurlAsync("-x", $"http://127.0.0.1:{example.Port(listener)}", Url("http", upstream)));
        Assert.StartsWith("GET /v1/x?q=1 HTTP/1.1\r\n", upstream.Received, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_denied_request_says_why()
    {
        var answer = await CurlAsync(
            "--connect-to", $"attacker.test:443:{example.Proxy.Listeners["https"]}", "https://attacker.test/", "-w", "%{http_code} %{content_type}");

        Assert.Equal(
            """{"error":"denied","reason":"host_not_allowed","message":"no rule allows this host","host":"attacker.test","policy":"allowlist"}""" + "\n403 application/json",
            answer);
    }

    [SkippableFact]
    public async Task A_denied_tunnel_says_why_with_the_status_of_CONNECT()
    {
        CommandLine.Require("curl", "curl");
        var (exit, output, _) = await CommandLine.RunAsync(
            "curl", "-sS", "-x", $"http://127.0.0.1:{example.Port("tunnel")}", "https://attacker.test/", "-w", "%{http_connect}");
        Assert.Equal((56, "403"), (exit, output));
    }

    [SkippableFact]
    public async Task A_large_body_arrives_whole_over_HTTP_2()
    {
        var file = example.Folder.Write("large.txt", string.Concat(Enumerable.Range(0, 100_000).Select(i => i.ToString("D9", CultureInfo.InvariantCulture) + "\n")));
        var received = 0;
        await using var upstream = ScriptedUpstream.Start(
            async exchange =>
            {
                received = (await exchange.ReadBodyAsync()).Length;
                await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n");
            },
            example.Folder.UpstreamCertificate(["api.example.com"]));
        var answer = await CurlAsync(
            "--http2", "--data-binary", "@" + file, "--connect-to", $"api.example.com:{upstream.Port}:{example.Proxy.Listeners["https"]}", Url("https", upstream));

        Assert.Equal("ok\n", answer);
        Assert.Equal(1_000_000, received);
    }

    private static string Url(string scheme, ScriptedUpstream upstream) => $"{scheme}://api.example.com:{upstream.Port}/v1/x?q=1";

    private ScriptedUpstream StartTls() => ScriptedUpstream.Start(example.Folder.UpstreamCertificate(["api.example.com"]));

    private async Task<string> CurlAsync(params string[] arguments)
    {
        CommandLine.Require("curl", "curl");
        var (exit, output, error) = await CommandLine.RunAsync("curl", ["-sS", "--cacert", example.Folder.CaFile, .. arguments]);
        Assert.True(exit == 0, $"curl ended with {exit}: {error}");
        return output;
    }
}
