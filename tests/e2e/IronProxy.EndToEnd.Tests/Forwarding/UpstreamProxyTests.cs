using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Forwarding;

/// <summary>Upstreams behind a proxy of a company's network, with and without a CA of their own.</summary>
public sealed class UpstreamProxyTests : IDisposable
{
    private const string Policy = """
        transforms:
          - name: allowlist
            config:
              domains: ["*.example.com", "localhost"]
        log: { level: "debug" }
        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    /// <summary>Exists nowhere else.</summary>
    private readonly string _password = $"canary-{Convert.ToHexString(RandomNumberGenerator.GetBytes(12))}";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("http", "2.0")]
    [InlineData("https", "1.1")]
    [InlineData("https", "2.0")]
    [InlineData("socks5", "1.1")]
    [InlineData("socks5", "2.0")]
    [InlineData("socks5h", "1.1")]
    [InlineData("socks5h", "2.0")]
    public async Task Both_versions_of_HTTP_pass_each_kind_of_proxy_and_its_password_is_written_nowhere(string scheme, string version)
    {
        using var certificate = _folder.UpstreamCertificate(["api.example.com", "127.0.0.1"]);
        await using var upstream = new Http2Upstream(certificate, _ => Http2Reaction.Answer);
        await using var older = ScriptedUpstream.Start(certificate);
        var port = version == "2.0" ? upstream.Port : older.Port;
        await using var proxy = ScriptedProxy.Start(Lead, scheme == "https" ? certificate : null, $"svc:{_password}");
        await using var gateway = await StartAsync($"https_proxy: \"{scheme}://127.0.0.1:{proxy.Port}\", username: svc, password: {{ type: env, var: PROXY_PASSWORD }}");
        using var response = await AskAsync(gateway, "https", port, Version.Parse(version));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal([$"{(scheme.StartsWith("socks", StringComparison.Ordinal) ? "SOCKS5" : "CONNECT")} {(scheme == "socks5" ? "127.0.0.1" : "api.example.com")}:{port}"], proxy.Asked);
        Assert.Equal([$"svc:{_password}"], proxy.Shown);
        AssertRecord(await RecordAsync(gateway), "200", "absent");
        AssertNowhere(gateway);
    }

    [Fact]
    public async Task A_wrong_password_is_a_reason_of_its_own_and_written_nowhere_either()
    {
        await using var proxy = ScriptedProxy.Start(Lead, credentials: "svc:another");
        await using var gateway = await StartAsync($"https_proxy: \"http://127.0.0.1:{proxy.Port}\", username: svc, password: {{ type: env, var: PROXY_PASSWORD }}");
        using var response = await AskAsync(gateway, "https", 443, HttpVersion.Version11);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var body = await response.Content.ReadAsStringAsync();
        Assert.Contains("\"reason\":\"upstream_proxy_refused\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain(_password, body + string.Join('\n', response.Headers), StringComparison.Ordinal);
        AssertRecord(await RecordAsync(gateway), "502", "upstream_proxy_refused");
        AssertNowhere(gateway);
    }

    [Fact]
    public async Task A_password_of_a_file_is_read_without_its_line_break()
    {
        _folder.Write("proxy-password", _password + "\n");
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = ScriptedProxy.Start(Lead, credentials: $"svc:{_password}");
        await using var gateway = await StartAsync($"http_proxy: \"http://127.0.0.1:{proxy.Port}\", username: svc, password: {{ type: file, path: proxy-password }}");
        using var response = await AskAsync(gateway, "http", upstream.Port, HttpVersion.Version11);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        AssertNowhere(gateway);
    }

    [Fact]
    public async Task A_tunnel_is_kept_for_the_next_request_to_its_origin_and_for_no_other()
    {
        await using var upstream = ScriptedUpstream.Start(async exchange =>
        {
            do
            {
                await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
            while (await exchange.ReadHeadAsync());
        });
        await using var proxy = ScriptedProxy.Start(Lead);
        await using var gateway = await StartAsync($"http_proxy: \"http://127.0.0.1:{proxy.Port}\"");
        // A connection is given back behind the end of a response, so that the next request may come too early for it.
        var sent = 0;
        Assert.True(await Patience.UntilAsync(async () =>
        {
            using var response = await AskAsync(gateway, "http", upstream.Port, HttpVersion.Version11);
            Assert.Equal("ok", await response.Content.ReadAsStringAsync());
            return ++sent > proxy.Asked.Count;
        }));
        var before = proxy.Asked.Count;
        using var other = await AskAsync(gateway, "http", upstream.Port, HttpVersion.Version11, "other.example.com");
        Assert.Equal("ok", await other.Content.ReadAsStringAsync());
        Assert.Equal([$"CONNECT other.example.com:{upstream.Port}"], proxy.Asked.Skip(before));
    }

    [SkippableTheory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task A_real_proxy_leads_to_an_upstream_or_says_no(string scheme)
    {
        // It resolves names itself: this is one that means the same to both.
        await using var upstream = ScriptedUpstream.Start(scheme == "https" ? _folder.UpstreamCertificate(["localhost"]) : null);
        await using var tinyproxy = await Tinyproxy.StartAsync(_folder, "svc", _password, upstream.Port);
        var way = $"{scheme}_proxy: \"http://127.0.0.1:{tinyproxy.Port}\", username: svc, password: {{ type: env, var: PROXY_PASSWORD }}";
        await using var gateway = await StartAsync(way);
        using var led = await AskAsync(gateway, scheme, upstream.Port, HttpVersion.Version11, "localhost");
        Assert.Equal(HttpStatusCode.OK, led.StatusCode);

        using var otherPort = await AskAsync(gateway, scheme, 9, HttpVersion.Version11, "localhost");
        Assert.Contains("upstream_proxy_refused", await otherPort.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        AssertNowhere(gateway);

        await using var wrong = await GatewayProcess.StartAsync(_folder, Settings(way) + Policy, [("PROXY_PASSWORD", "another")]);
        using var unknown = await AskAsync(wrong, scheme, upstream.Port, HttpVersion.Version11, "localhost");
        Assert.Contains("upstream_proxy_refused", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("upstream.pem", true, true)]
    [InlineData("corp.pem", true, true)]
    [InlineData("corp.pem", false, false)]
    public async Task CAs_of_files_are_trusted_for_upstreams_and_proxies_beside_those_of_the_system(string file, bool listed, bool isTrusted)
    {
        using var corp = ProxyFolder.Create();
        _folder.Write("corp.pem", corp.UpstreamCa.ExportCertificatePem());
        _folder.Write("upstream.pem", $"the CA of this network\n{_folder.UpstreamCa.ExportCertificatePem()}\n{corp.UpstreamCa.ExportCertificatePem()}");
        using var ofCorp = corp.UpstreamCertificate(["api.example.com", "127.0.0.1"]);
        using var ofSystem = _folder.UpstreamCertificate(["other.example.com"]);
        await using var inside = ScriptedUpstream.Start(ofCorp);
        await using var outside = ScriptedUpstream.Start(ofSystem);
        await using var proxy = ScriptedProxy.Start(Lead, ofCorp);
        var ca = listed ? file : null;
        await using var direct = await StartAsync(null, ca);
        await using var proxied = await StartAsync($"https_proxy: \"https://127.0.0.1:{proxy.Port}\"", ca);

        using var known = await AskAsync(direct, "https", outside.Port, HttpVersion.Version11, "other.example.com");
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        using var own = await AskAsync(direct, "https", inside.Port, HttpVersion.Version11);
        Assert.Equal(isTrusted ? HttpStatusCode.OK : HttpStatusCode.BadGateway, own.StatusCode);
        using var through = await AskAsync(proxied, "https", inside.Port, HttpVersion.Version11);
        AssertRecord(await RecordAsync(proxied), isTrusted ? "200" : "502", isTrusted ? "absent" : "upstream_proxy_failed");
    }

    [Theory]
    [InlineData(null, "The file corp.pem of line 12 (proxy.upstream_ca) cannot be read (FileNotFoundException).")]
    [InlineData("no certificate\n", "The file corp.pem of line 12 (proxy.upstream_ca) holds no certificate in PEM format.")]
    public async Task A_CA_that_cannot_be_used_ends_the_start(string? content, string sentence)
    {
        if (content is not null)
        {
            _folder.Write("corp.pem", content);
        }

        var plan = _folder.Compile(Settings(null, "corp.pem") + Policy);
        var (exit, _, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", plan]);
        Assert.Equal(1, exit);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_is_missing_ends_the_start()
    {
        var plan = _folder.Compile(Settings("https_proxy: \"http://127.0.0.1:1\", username: svc, password: { type: env, var: PROXY_PASSWORD }") + Policy);
        var (exit, _, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", plan]);
        Assert.Equal(1, exit);
        Assert.Contains("the environment variable PROXY_PASSWORD is not set", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_SOCKS5_cannot_carry_ends_the_start_without_being_shown()
    {
        var plan = _folder.Compile(Settings("https_proxy: \"socks5://127.0.0.1:1\", username: svc, password: { type: env, var: PROXY_PASSWORD }") + Policy);
        var (exit, _, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", plan], ("PROXY_PASSWORD", _password.PadRight(256, 'x')));
        Assert.Equal(1, exit);
        Assert.Contains("The secret password of proxy.upstream_proxy of line 12 is longer than 255 bytes", error, StringComparison.Ordinal);
        Assert.DoesNotContain(_password, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxies_of_the_environment_are_not_asked()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = ScriptedProxy.Start(Lead);
        var environment = new[] { "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY" }.Select(n => (n, $"http://127.0.0.1:{proxy.Port}"));
        await using var gateway = await GatewayProcess.StartAsync(_folder, Settings(null) + Policy, environment);
        using var response = await AskAsync(gateway, "http", upstream.Port, HttpVersion.Version11);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(proxy.Received);
    }

    [Fact]
    public async Task A_policy_that_asks_for_them_is_led_through_the_proxies_of_the_environment()
    {
        await using var upstream = ScriptedUpstream.Start();
        await using var proxy = ScriptedProxy.Start(Lead, credentials: $"svc:{_password}");
        await using var gateway = await GatewayProcess.StartAsync(_folder, Settings("from_environment: true") + Policy, [
            ("HTTP_PROXY", "ftp://the-other-spelling-holds"), ("http_proxy", $"socks5h://svc:{_password}@127.0.0.1:{proxy.Port}"),
            ("no_proxy", "other.example.com")]);
        using var through = await AskAsync(gateway, "http", upstream.Port, HttpVersion.Version11);
        using var beside = await AskAsync(gateway, "http", upstream.Port, HttpVersion.Version11, "other.example.com");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (through.StatusCode, beside.StatusCode));
        Assert.Equal([$"SOCKS5 api.example.com:{upstream.Port}"], proxy.Asked);
        Assert.Equal([$"svc:{_password}"], proxy.Shown);
        await gateway.FenceAsync();
        AssertNowhere(gateway);
    }

    [Fact]
    public async Task A_proxy_of_the_environment_that_cannot_be_used_ends_the_start_without_being_shown()
    {
        var plan = _folder.Compile(Settings("from_environment: true") + Policy);
        var (exit, _, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", plan], ("ALL_PROXY", $"socks4://svc:{_password}@127.0.0.1:1"));
        Assert.Equal(1, exit);
        Assert.Contains("ALL_PROXY of the environment, which proxy.upstream_proxy asks for (from_environment), cannot be used: the scheme is none of", error, StringComparison.Ordinal);
        Assert.DoesNotContain(_password, error, StringComparison.Ordinal);
    }

    private static ScriptedTunnel Lead(string asked) => ScriptedTunnel.Leads(int.Parse(asked[(asked.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));

    private static string Settings(string? way, string? ca = null) => ExampleProxy.Settings.Replace(
        "upstream_deny_cidrs: []",
        $"upstream_deny_cidrs: []{(ca is null ? "" : $"\n  upstream_ca: [{ca}]")}{(way is null ? "" : $"\n  upstream_proxy: {{ {way} }}")}",
        StringComparison.Ordinal);

    private Task<GatewayProcess> StartAsync(string? way, string? ca = null) =>
        GatewayProcess.StartAsync(_folder, Settings(way, ca) + Policy, [("PROXY_PASSWORD", _password)]);

    private void AssertNowhere(GatewayProcess gateway)
    {
        Assert.DoesNotContain(_password, gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"svc:{_password}")), gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_password, File.ReadAllText(_folder.File("proxy.plan.json")), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> AskAsync(GatewayProcess gateway, string scheme, int port, Version version, string host = "api.example.com")
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = _folder.WorkloadTls(host),
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(gateway.Listeners[scheme], cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{scheme}://{host}:{port}/") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        return await client.SendAsync(request).WaitAsync(Patience.Event);
    }

    private static async Task<JsonElement> RecordAsync(GatewayProcess gateway) => Assert.Single(await gateway.RecordsSinceAsync(0, 1)).GetProperty("audit");

    private static void AssertRecord(JsonElement audit, string status, string reason) =>
        Assert.Equal((status, reason), (audit.GetProperty("status").ToString(), audit.TryGetProperty("reason", out var value) ? value.ToString() : "absent"));
}
