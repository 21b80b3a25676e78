using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.Canary;

/// <summary>
/// Secret values that exist nowhere else are put through everything that can be allowed, denied, malformed or broken, at
/// the log level that says most. They may reach an upstream, and nothing that is written or answered may hold them.
/// </summary>
public sealed class CanaryTests : IDisposable
{
    /// <summary>A silent upstream is part of the test, and not waited for long.</summary>
    private static readonly string Settings =
        ExampleProxy.Settings.Replace("proxy:\n", "proxy:\n  upstream_response_header_timeout: \"3s\"\n", StringComparison.Ordinal);

    private const string Policy = """
        transforms:
          - name: annotate
            config:
              annotations:
                - headers: ["Authorization", "X-Injected", "Cookie"]
                  rules: [{ host: "*" }]
          - name: body_capture
            config: { max_request_body_bytes: 4096 }
          - name: allowlist
            config:
              domains: ["api.example.com", "other.example.com", "nowhere.example.com"]
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: SWAPPED }
                  allow_plaintext: true
                  replace: { proxy_value: "placeholder", match_path: true, match_query: true, match_body: true }
                  rules: [{ host: "api.example.com" }, { host: "nowhere.example.com" }]
                - source: { type: env, var: INJECTED }
                  allow_plaintext: true
                  inject: { header: "X-Injected", formatter: "Basic {{ base64 \"user:\" .Value }}" }
                  rules: [{ host: "api.example.com" }, { host: "nowhere.example.com" }]
                - source: { type: file, path: "canary.txt" }
                  allow_plaintext: true
                  inject: { query_param: "key" }
                  rules: [{ host: "api.example.com" }]
                - source: { type: env, var: TLS_ONLY }
                  inject: { header: "X-Tls" }
                  rules: [{ host: "other.example.com" }]
          - name: header_allowlist
            config: { headers: ["Authorization", "X-Injected", "Content-Type", "/^X-Fail$/"] }
        log: { level: "debug" }
        management: { listen: "127.0.0.1:0", api_key_env: MANAGEMENT_KEY }

        """;

    /// <summary>With characters that escaping changes, so that each form is another text.</summary>
    private readonly string[] _secrets = [.. Enumerable.Range(0, 5).Select(i => $"canary{i}/{Convert.ToHexString(RandomNumberGenerator.GetBytes(12))}+=")];

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public CanaryTests() => _folder.Write("canary.txt", _secrets[2] + "\n");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Secret_values_appear_upstream_and_nowhere_else()
    {
        await using var upstream = ScriptedUpstream.Start(AnswerAsync);
        await using var tls = ScriptedUpstream.Start(_folder.UpstreamCertificate(["api.example.com"], selfSigned: true));
        await using var proxy = await GatewayProcess.StartAsync(_folder, Settings + Policy, Environment());

        var answers = new StringBuilder();
        foreach (var request in Requests(upstream.Port, tls.Port))
        {
            await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
            await client.SendAsync(request);
            answers.Append(await client.ReadToEndAsync());
        }

        foreach (var request in Tunnelled(upstream.Port, tls.Port))
        {
            await using var client = await RawClient.ConnectAsync(proxy.Listeners["tunnel"]);
            await client.SendAsync(request);
            answers.Append(await client.ReadToEndAsync());
        }

        answers.Append(await OverTlsAsync(proxy, tls.Port));
        answers.Append(await ManageAsync(proxy));
        await proxy.FenceAsync();
        Assert.Equal(0, await proxy.TerminateAsync());

        // The test sees something: values did travel, and every kind of end was reached.
        Assert.Contains(_secrets[0], upstream.Received, StringComparison.Ordinal);
        Assert.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + _secrets[1])), upstream.Received, StringComparison.Ordinal);
        Assert.Contains(Uri.EscapeDataString(_secrets[2]), upstream.Received, StringComparison.Ordinal);
        var reasons = proxy.Records.Select(r => r.GetProperty("audit").TryGetProperty("reason", out var reason) ? reason.GetString() : "allowed").ToHashSet();
        Assert.Superset(
            new HashSet<string?> { "allowed", "host_not_allowed", "secret_over_plaintext", "upstream_unreachable", "upstream_unresolved", "upstream_protocol", "upstream_timeout", "upstream_tls", "dot_segment", "malformed_request", "malformed_body", "authority_mismatch", "body_encoding" },
            reasons);

        AssertClean("standard error", proxy.Output);
        AssertClean("an answer", answers.ToString());
        AssertClean("the plan", await File.ReadAllTextAsync(_folder.File("proxy.plan.json")));
    }

    [Theory]
    [InlineData("SWAPPED", "\r\nX-Admin: yes")]
    [InlineData("TLS_ONLY", "\u0001")]
    public async Task A_start_that_fails_for_a_secret_does_not_show_it(string variable, string added)
    {
        var plan = _folder.Compile(ExampleProxy.Settings + Policy);
        var environment = Environment().Select(v => v.Name == variable ? (v.Name, v.Value + added) : v);
        var (exit, output, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", plan], environment);

        Assert.Equal(1, exit);
        Assert.Contains(variable, error, StringComparison.Ordinal);
        AssertClean("a failed start", output + error);
    }

    [Fact]
    public async Task A_JSON_secret_that_is_no_JSON_is_not_quoted()
    {
        var plan = _folder.Compile(ExampleProxy.Settings + Policy.Replace("var: SWAPPED }", "var: SWAPPED, json_key: token }", StringComparison.Ordinal));
        var (exit, output, error) = await ProxyLauncher.RunAsync(_folder, ["-plan", plan], Environment());

        Assert.Equal(1, exit);
        AssertClean("a failed start", output + error);
    }

    /// <summary>All that operators can ask, a reload that is done and one that is refused for a secret. Strangers present a part of the key.</summary>
    private async Task<string> ManageAsync(GatewayProcess proxy)
    {
        var answers = new StringBuilder();
        foreach (var request in new[] { "GET /v1/status", "GET /v1/plan", "GET /v1/connections", "POST /v1/reload", "GET /nowhere", "POST /v1/plan" })
        {
            answers.Append(await AskAsync(request, _secrets[4])).Append(await AskAsync(request, _secrets[4][..^1]));
        }

        Assert.Contains("\"after\"", answers.ToString(), StringComparison.Ordinal);
        await File.WriteAllBytesAsync(_folder.File("canary.txt"), [.. Encoding.UTF8.GetBytes(_secrets[2]), 0xFF]); // No UTF-8.
        var refused = await AskAsync("POST /v1/reload", _secrets[4]);
        Assert.Contains("policy_refused", refused, StringComparison.Ordinal);
        return answers.Append(refused).Append(await AskAsync("GET /v1/status", _secrets[4])).ToString();

        async Task<string> AskAsync(string request, string key)
        {
            await using var client = await RawClient.ConnectAsync(proxy.Listeners["management"]);
            await client.SendAsync($"{request} HTTP/1.1\r\nHost: any\r\nAuthorization: Bearer {key}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return await client.ReadToEndAsync();
        }
    }

    /// <summary>A request whose upstream has a certificate that nobody signed.</summary>
    private async Task<string> OverTlsAsync(GatewayProcess proxy, int port)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(proxy.Listeners["https"]);
        await using var stream = new SslStream(tcp.GetStream());
        await stream.AuthenticateAsClientAsync(_folder.WorkloadTls("api.example.com"));
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /?q=placeholder HTTP/1.1\r\nHost: api.example.com:{port}\r\nAuthorization: placeholder\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    private static async Task AnswerAsync(UpstreamExchange exchange)
    {
        if (exchange.Head.Contains("X-Fail: protocol", StringComparison.OrdinalIgnoreCase))
        {
            await exchange.WriteAsync("nothing like HTTP\r\n\r\n");
            return;
        }

        if (exchange.Head.Contains("X-Fail: silence", StringComparison.OrdinalIgnoreCase))
        {
            await exchange.DrainAsync();
            return;
        }

        await exchange.ReadBodyAsync();
        await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n");
    }

    private static IEnumerable<string> Requests(int port, int tlsPort)
    {
        const string Close = "Connection: close\r\n";
        yield return $"GET /?q=placeholder HTTP/1.1\r\nHost: api.example.com:{port}\r\nAuthorization: Bearer placeholder\r\nCookie: placeholder\r\n{Close}\r\n";
        yield return $"GET /placeholder HTTP/1.1\r\nHost: api.example.com:{port}\r\n{Close}\r\n";
        yield return $"POST / HTTP/1.1\r\nHost: api.example.com:{port}\r\nContent-Length: 15\r\n{Close}\r\nkey=placeholder";
        yield return $"POST / HTTP/1.1\r\nHost: api.example.com:{port}\r\nContent-Encoding: zstd\r\nContent-Length: 11\r\n{Close}\r\nplaceholder";
        yield return $"POST / HTTP/1.1\r\nHost: api.example.com:{port}\r\nTransfer-Encoding: chunked\r\nAuthorization: placeholder\r\n{Close}\r\nzz\r\n";
        yield return $"GET / HTTP/1.1\r\nHost: api.example.com:{port}\r\nX-Fail: protocol\r\nAuthorization: placeholder\r\n{Close}\r\n";
        yield return $"GET / HTTP/1.1\r\nHost: api.example.com:{port}\r\nX-Fail: silence\r\nAuthorization: placeholder\r\n{Close}\r\n";
        yield return $"GET /../?q=placeholder HTTP/1.1\r\nHost: api.example.com:{port}\r\nAuthorization: placeholder\r\n{Close}\r\n";
        yield return $"GET / HTTP/1.1\r\nHost: api.example.com:{port}\r\nHost: api.example.com:{port}\r\nAuthorization: placeholder\r\n\r\n";
        yield return $"GET /?q=placeholder HTTP/1.1\r\nHost: placeholder.test\r\nAuthorization: placeholder\r\n{Close}\r\n";
        yield return $"GET / HTTP/1.1\r\nHost: other.example.com:{port}\r\n{Close}\r\n";
        yield return $"GET /?q=placeholder HTTP/1.1\r\nHost: api.example.com:1\r\nAuthorization: placeholder\r\n{Close}\r\n";
        yield return $"GET /placeholder HTTP/1.1\r\nHost: nowhere.example.com:{tlsPort}\r\nAuthorization: placeholder\r\n{Close}\r\n";
    }

    private static IEnumerable<string> Tunnelled(int port, int tlsPort)
    {
        yield return $"CONNECT api.example.com:{port} HTTP/1.1\r\nHost: api.example.com:{port}\r\nProxy-Authorization: placeholder\r\n\r\n"
            + $"GET / HTTP/1.1\r\nHost: api.example.com:{port}\r\nAuthorization: placeholder\r\nConnection: close\r\n\r\n";
        yield return $"CONNECT api.example.com:{port} HTTP/1.1\r\nHost: api.example.com:{port}\r\n\r\n"
            + $"GET /?q=placeholder HTTP/1.1\r\nHost: api.example.com:{tlsPort}\r\nAuthorization: placeholder\r\nConnection: close\r\n\r\n";
        yield return "CONNECT placeholder.test:443 HTTP/1.1\r\nHost: placeholder.test:443\r\n\r\n";
    }

    private (string Name, string Value)[] Environment() => [("SWAPPED", _secrets[0]), ("INJECTED", _secrets[1]), ("TLS_ONLY", _secrets[3]), ("MANAGEMENT_KEY", _secrets[4])];

    /// <summary>No value in any form: plain, JSON, percent-encoded, base64 or hexadecimal.</summary>
    private void AssertClean(string where, string text)
    {
        foreach (var secret in _secrets)
        {
            var bytes = Encoding.UTF8.GetBytes(secret);

            // The random part has no characters that any escaping would change.
            var random = secret.Split('/', '+')[1];
            string[] forms = [random, Convert.ToBase64String(bytes), Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + secret)), Convert.ToHexString(bytes)];
            Assert.All(forms, form => Assert.False(text.Contains(form, StringComparison.OrdinalIgnoreCase), $"A secret is in {where}."));
        }
    }
}
