using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Canary;

/// <summary>
/// 1,000 requests of twenty kinds through a policy that holds credentials in twelve ways (secrets of a variable, a file and Vault, tokens of OAuth, of Google, of Azure and of GitHub, signatures of both kinds, the key of a language model, an MCP server, the management API), before an upstream that says back all that it gets,
/// as its language model does. Each real value reaches the upstream, or what it was exchanged at, and stands in nothing else: answers, log, records, metrics, telemetry, the management API, the plan and the questions to the model.
/// </summary>
public sealed class EveryMechanismTests : IDisposable
{
    private const int Requests = 1000;
    private const int AtOnce = 16;
    private const string Aws = "s3.us-east-1.amazonaws.com";
    private const string Placeholder = "pk-proxy-placeholder";

    private static readonly string[] Names = ["api.example.com", "login.example.com", Aws];

    /// <summary>By what they are. The random part has no characters that any escaping would change.</summary>
    private readonly Dictionary<string, string> _real = ((string[])["swapped", "in a file", "in Vault", "client secret", "minted", "minted for Google", "minted for GitHub", "Azure secret", "minted for Azure", "signing key", "passphrase", "AWS secret", "AWS session", "management key", "model key"])
        .ToDictionary(name => name, _ => $"canary+{Convert.ToHexString(RandomNumberGenerator.GetBytes(12))}/=", StringComparer.Ordinal);

    private readonly string _awsId = "AKIA" + Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
    private readonly RSA _key = RSA.Create(2048);
    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private readonly ConcurrentQueue<string> _shown = [];

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task No_real_value_is_anywhere_but_where_it_belongs()
    {
        using var certificate = _folder.UpstreamCertificate(Names);
        await using var upstream = ScriptedUpstream.Start(AnswerAsync, certificate);
        await using var collector = ScriptedUpstream.Start(CollectAsync);
        await using var vault = VaultServer.Start();
        vault.Versioned["secret//agent"] = new JsonObject { ["key"] = _real["in Vault"] };
        _folder.Write("secret.txt", _real["in a file"] + "\n");
        await using var proxy = await GatewayProcess.StartAsync(_folder, Policy(upstream.Port), [.. Environment(vault, collector, upstream.Port)]);

        var answers = await SendAllAsync(proxy, upstream.Port);
        answers.Append(await AskAsync(proxy, "metrics", "/metrics", null));
        foreach (var path in (string[])["/v1/status", "/v1/plan", "/v1/connections"])
        {
            answers.Append(await AskAsync(proxy, "management", path, _real["management key"]));
        }

        await proxy.FenceAsync();
        Assert.Equal(0, await proxy.TerminateAsync());

        // The test sees something: every value but the keys that only sign has travelled, and every kind of end was reached.
        var received = upstream.Received;
        foreach (var (name, value) in _real.Where(r => r.Key is not ("signing key" or "AWS secret" or "management key" or "in Vault")))
        {
            Assert.True(Forms(value).Any(f => received.Contains(f, StringComparison.Ordinal)), $"The upstream never got what is {name}.");
        }

        Assert.Contains("X-Vault: " + _real["in Vault"], received, StringComparison.Ordinal);
        Assert.Contains("Credential=" + _awsId, received, StringComparison.Ordinal);
        Assert.DoesNotContain(Random(_real["signing key"]), received, StringComparison.Ordinal);
        Assert.DoesNotContain(Random(_real["AWS secret"]), received, StringComparison.Ordinal);
        Assert.Equal(Requests, proxy.Records.Count(r => r.GetProperty("audit").GetProperty("method").GetString() != "CONNECT"));
        Assert.Superset(
            new HashSet<string?> { "allowed", "host_not_allowed", "secret_over_plaintext", "token_unavailable", "tool_not_allowed", "body_encoding", "upstream_closed", "secret_required", "judge_denied" },
            proxy.Records.Select(r => r.GetProperty("audit").TryGetProperty("reason", out var reason) ? reason.GetString() : "allowed").ToHashSet());

        Assert.Contains(_shown, s => s.Contains(Placeholder, StringComparison.Ordinal));
        RequireClean("a question to the model", string.Concat(_shown));
        RequireClean("standard error", proxy.Output);
        RequireClean("an answer", answers.ToString());
        RequireClean("the plan", await File.ReadAllTextAsync(_folder.File("proxy.plan.json")));
        Assert.Contains("/v1/logs", collector.Received, StringComparison.Ordinal);
        Assert.Contains("/v1/metrics", collector.Received, StringComparison.Ordinal);
        Assert.Contains("/v1/traces", collector.Received, StringComparison.Ordinal);
        RequireClean("telemetry", collector.Received);
    }

    private async Task<StringBuilder> SendAllAsync(GatewayProcess proxy, int port)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            Proxy = new WebProxy($"http://{proxy.Listeners["tunnel"]}"),
            SslOptions =
            {
                CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(_folder.CaFile) },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        });
        var answers = new ConcurrentQueue<string>();
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, cancellation) =>
        {
            using var request = Request(number, port);
            try
            {
                using var response = await client.SendAsync(request, cancellation).WaitAsync(Patience.Program, cancellation);
                answers.Enqueue($"{(int)response.StatusCode} {response.Headers}{await response.Content.ReadAsStringAsync(cancellation)}\n");
            }
            catch (HttpRequestException e)
            {
                answers.Enqueue(e.Message + "\n"); // A tunnel that is refused.
            }
        });
        Assert.Equal(Requests, answers.Count);
        return new StringBuilder(string.Concat(answers));
    }

    private static HttpRequestMessage Request(int number, int port)
    {
        var api = $"https://api.example.com:{port}";
        var bearer = ("Authorization", "Bearer " + Placeholder);
        return (number % 20) switch
        {
            0 => Get($"{api}/secrets/{number}?key={Placeholder}", bearer),
            1 => Get($"{api}/secrets/{number}", ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + Placeholder)))),
            2 => Post($"{api}/secrets/{number}", $$"""{"key":"{{Placeholder}}"}""", "application/json"),
            3 => Post($"{api}/secrets/{number}", $"key={Placeholder}&n=1", "application/x-www-form-urlencoded"),
            4 => Get($"{api}/oauth/{number}"),
            5 => Get($"{api}/google/{number}"),
            6 => Post($"{api}/signed/{number}", "text", "text/plain"),
            7 => Get($"https://{Aws}:{port}/bucket/{number}", ("Authorization", "AWS4-HMAC-SHA256 Credential=PLACEHOLDER/20000101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")),
            8 => Post($"{api}/mcp", $$$$"""{"jsonrpc":"2.0","id":{{{{number}}}},"method":"tools/call","params":{"name":"read","arguments":{"key":"{{{{Placeholder}}}}"}}}""", "application/json"),
            9 => Post($"{api}/mcp", $$$$"""{"jsonrpc":"2.0","id":{{{{number}}}},"method":"tools/call","params":{"name":"delete","arguments":{"key":"{{{{Placeholder}}}}"}}}""", "application/json"),
            10 => Get($"http://denied.example.org/{number}", bearer),
            11 => Get($"http://api.example.com:{port}/secrets/{number}", bearer),
            12 => Get($"{api}/broken/{number}"),
            13 => Post($"{api}/secrets/{number}", Placeholder, "text/plain", "zstd"),
            14 => Get($"{api}/secrets/{number}/reset", bearer),
            15 => Post($"{api}/judged/{number}?key={Placeholder}", $"allow {Placeholder}", "text/plain"),
            16 => Post($"{api}/judged/{number}", $"deny {Placeholder}", "text/plain"),
            17 => number / 20 % 2 == 0 ? Get($"{api}/github/{number}") : Post($"{api}/github/{number}.git/git-upload-pack", "0000", "application/x-git-upload-pack-request"),
            18 => Get($"{api}/azure/{number}"),
            _ => Get($"{api}/required/{number}"),
        };
    }

    private static HttpRequestMessage Get(string url, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static HttpRequestMessage Post(string url, string body, string type, string? coding = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, new MediaTypeHeaderValue(type)) };
        if (coding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(coding);
        }

        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        return request;
    }

    /// <summary>Mints tokens, answers as an MCP server, breaks off, and says back the rest.</summary>
    private async Task AnswerAsync(UpstreamExchange exchange)
    {
        var body = await exchange.ReadBodyAsync();
        var path = exchange.RequestLine.Split(' ')[1];
        if (path.EndsWith("/reset", StringComparison.Ordinal))
        {
            return;
        }

        var said = exchange.Head + body;
        var (status, type, answer) = path switch
        {
            "/token/oauth" => (200, "application/json", JsonSerializer.Serialize(new { access_token = _real["minted"], token_type = "Bearer", expires_in = 3600 })),
            "/token/google" => (200, "application/json", JsonSerializer.Serialize(new { access_token = _real["minted for Google"], token_type = "Bearer", expires_in = 3600 })),
            "/token/github/app/installations/1/access_tokens" => (201, "application/json", JsonSerializer.Serialize(new { token = _real["minted for GitHub"], expires_at = DateTimeOffset.UtcNow.AddHours(1) })),
            "/azure.example/oauth2/v2.0/token" => (200, "application/json", JsonSerializer.Serialize(new { access_token = _real["minted for Azure"], token_type = "Bearer", expires_in = 3600 })),
            "/token/broken" => (500, "text/plain", said),
            "/v1/messages" => (200, "application/json", Judge(said, body)),
            "/mcp" => (200, "application/json", JsonSerializer.Serialize(new { jsonrpc = "2.0", id = JsonNode.Parse(body)!["id"], result = new { content = new[] { new { type = "text", text = said } } } })),
            _ => (200, "text/plain; charset=utf-8", said),
        };
        await exchange.WriteAsync($"HTTP/1.1 {status} x\r\nContent-Type: {type}\r\nContent-Length: {Encoding.Latin1.GetByteCount(answer)}\r\nConnection: close\r\n\r\n{answer}");
    }

    /// <summary>A model that tells all that it was sent, its key as well.</summary>
    private string Judge(string said, string question)
    {
        _shown.Enqueue(question);
        var decision = question.Contains("allow " + Placeholder, StringComparison.Ordinal) ? "ALLOW" : "DENY";
        return JsonSerializer.Serialize(new { content = new[] { new { type = "text", text = JsonSerializer.Serialize(new { decision, reason = said }) } }, usage = new { input_tokens = 1, output_tokens = 1 } });
    }

    private static async Task CollectAsync(UpstreamExchange exchange)
    {
        await exchange.ReadBodyAsync();
        await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }

    private static async Task<string> AskAsync(GatewayProcess proxy, string listener, string path, string? key)
    {
        await using var client = await RawClient.ConnectAsync(proxy.Listeners[listener]);
        await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: any\r\n{(key is null ? "" : $"Authorization: Bearer {key}\r\n")}Connection: close\r\n\r\n");
        var answer = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        return answer;
    }

    private IEnumerable<(string Name, string Value)> Environment(VaultServer vault, ScriptedUpstream collector, int port) =>
    [
        ("SWAPPED", _real["swapped"]), ("CLIENT_ID", "the-client"), ("CLIENT_SECRET", _real["client secret"]), ("SIGNING_KEY", _real["signing key"]), ("PASSPHRASE", _real["passphrase"]),
        ("AWS_ID", _awsId), ("AWS_SECRET", _real["AWS secret"]), ("AWS_SESSION", _real["AWS session"]), ("MANAGEMENT_KEY", _real["management key"]), ("MODEL_KEY", _real["model key"]),
        ("VAULT_ADDR", vault.Url), ("VAULT_TOKEN", VaultServer.Token),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{collector.Port.ToString(CultureInfo.InvariantCulture)}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_TRACES_EXPORTER", "otlp"),
        ("AZURE_SECRET", _real["Azure secret"]), ("APP_KEY", _key.ExportRSAPrivateKeyPem()),
        ("GOOGLE_KEY", JsonSerializer.Serialize(new
        {
            type = "service_account",
            client_email = "robot@project.example",
            private_key = _key.ExportPkcs8PrivateKeyPem(),
            token_uri = $"https://login.example.com:{port.ToString(CultureInfo.InvariantCulture)}/token/google",
        })),
    ];

    private static string Policy(int port)
    {
        static string Rules(string paths) => $$"""rules: [{ host: "api.example.com", paths: [{{paths}}] }]""";
        string Token(string name, string more = "") =>
            $$"""{ grant: client_credentials, client_id: { type: env, var: CLIENT_ID }, client_secret: { type: env, var: CLIENT_SECRET }, token_endpoint: "https://login.example.com:{{port}}/token/{{name}}", {{Rules($"\"/{name}/*\"")}}, {{more}} }""";

        var records = string.Concat(Names.Skip(1).Select(n => $$"""    - { name: "{{n}}", type: A, value: "127.0.0.1" }""" + "\n"));
        return ExampleProxy.Settings.Replace("records:\n", "records:\n" + records, StringComparison.Ordinal) + $$"""
            transforms:
              - name: annotate
                config: { annotations: [{ headers: ["Authorization", "Cookie", "X-Vault"], rules: [{ host: "*" }] }] }
              - name: body_capture
                config: { max_request_body_bytes: 4096 }
              - name: allowlist
                config: { domains: ["*.example.com", "{{Aws}}"] }
              - name: secrets
                config:
                  secrets:
                    - source: { type: env, var: SWAPPED }
                      replace: { proxy_value: "{{Placeholder}}", match_path: true, match_query: true, match_body: true }
                      {{Rules("\"/secrets/*\", \"/mcp\", \"/judged/*\"")}}
                      scrub_responses: true
                    - source: { type: env, var: SWAPPED }
                      replace: { proxy_value: "{{Placeholder}}", require: true }
                      {{Rules("\"/required/*\"")}}
                    - source: { type: file, path: secret.txt }
                      inject: { header: "X-File", formatter: "Basic {{"{{"}} base64 \"user:\" .Value {{"}}"}}" }
                      {{Rules("\"/secrets/*\", \"/mcp\"")}}
                      scrub_responses: true
                    - source: { type: vault_kv, path: agent, json_key: key }
                      inject: { header: "X-Vault" }
                      {{Rules("\"/secrets/*\"")}}
                      scrub_responses: true
              - name: oauth_token
                config:
                  tokens:
                    - {{Token("oauth", "scrub_responses: true")}}
                    - {{Token("broken")}}
              - name: gcp_auth
                config: { keyfile: { type: env, var: GOOGLE_KEY }, scopes: ["https://a.test/x"], {{Rules("\"/google/*\"")}}, scrub_responses: true }
              - name: azure_auth
                config: { tenant_id: azure.example, client_id: 00001111-aaaa-2222-bbbb-3333cccc4444, client_secret: { type: env, var: AZURE_SECRET }, scope: "https://a.test/.default", authority_host: "https://login.example.com:{{port}}", {{Rules("\"/azure/*\"")}}, scrub_responses: true }
              - name: github_app
                config: { app_id: 1, private_key: { type: env, var: APP_KEY }, installation_id: 1, permissions: { contents: read }, api_url: "https://login.example.com:{{port}}/token/github", {{Rules("\"/github/*\"")}}, scrub_responses: true }
              - name: hmac_sign
                config:
                  timestamp: { format: unix_seconds }
                  signature: { algorithm: sha256, key_encoding: raw, output_encoding: hex, message: "{{"{{.Timestamp}}{{.Method}}{{.Path}}{{.Body}}"}}" }
                  credentials: { secret: { type: env, var: SIGNING_KEY }, passphrase: { type: env, var: PASSPHRASE } }
                  headers: [{ name: X-Signature, value: "{{"{{.Signature}}"}}" }, { name: X-Passphrase, value: "{{"{{.Credentials.passphrase}}"}}" }]
                  {{Rules("\"/signed/*\"")}}
                  scrub_responses: true
              - name: aws_auth
                config:
                  access_key_id: { type: env, var: AWS_ID }
                  secret_access_key: { type: env, var: AWS_SECRET }
                  session_token: { type: env, var: AWS_SESSION }
                  rules: [{ host: "{{Aws}}" }]
                  scrub_responses: true
              - name: judge
                config:
                  name: guard
                  prompt: Allow what reads.
                  {{Rules("\"/judged/*\"")}}
                  provider: { type: anthropic, model: m, api_key_env: MODEL_KEY, base_url: "https://login.example.com:{{port}}" }
                  timeout: 5m
            mcp:
              servers:
                - { name: tools, rules: [{ host: "api.example.com", paths: ["/mcp"] }], tools: [{ name: read }] }
            log: { level: "debug" }
            management: { listen: "127.0.0.1:0", api_key_env: MANAGEMENT_KEY }

            """;
    }

    private void RequireClean(string where, string text)
    {
        foreach (var (name, value) in _real.Append(KeyValuePair.Create("AWS key id", _awsId)))
        {
            Assert.All(Forms(value), form => Assert.False(text.Contains(form, StringComparison.OrdinalIgnoreCase), $"The {name} is in {where}."));
        }

        // The second line of the keys in PEM, which are one: of the first, all such keys have a part.
        foreach (var line in ((string[])[_key.ExportPkcs8PrivateKeyPem(), _key.ExportRSAPrivateKeyPem()]).Select(k => k.Split('\n')[2]))
        {
            Assert.False(text.Contains(line, StringComparison.Ordinal), $"The key of the service account and the app is in {where}.");
        }
    }

    /// <summary>As it is, percent-encoded or escaped (all of them have the random part), in base64 and in hexadecimal.</summary>
    private static string[] Forms(string value) =>
    [
        Random(value), Convert.ToBase64String(Encoding.UTF8.GetBytes(value)), Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + value)), Convert.ToBase64String(Encoding.UTF8.GetBytes("x-access-token:" + value)), Convert.ToHexString(Encoding.UTF8.GetBytes(value)),
    ];

    private static string Random(string value) => value.StartsWith("canary+", StringComparison.Ordinal) ? value["canary+".Length..^2] : value;
}
