using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Management;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>
/// A proxy with judges of every kind, tests/e2e/stubs/language_models.py, and an upstream that keeps what it gets. The first segment of a path says which judge is asked, and the last one what
/// its model does.
/// </summary>
public sealed class JudgeWorld : IAsyncLifetime
{
    /// <summary>Is seen by nobody but the upstream.</summary>
    public const string Secret = "canary-real-token";

    public const string Placeholder = "pk-placeholder";

    /// <summary>Is seen by the models' servers alone.</summary>
    public const string Key = "sk-canary-key";

    private BackgroundProcess _models = null!; // Set before any test runs, as is all below.
    private int _port;

    private HttpClient Stub { get; set; } = null!;

    private HttpClient Client { get; set; } = null!;

    internal ProxyFolder Folder { get; } = ProxyFolder.Create();

    internal GatewayProcess Proxy { get; private set; } = null!;

    internal ScriptedUpstream Upstream { get; private set; } = null!;

    internal ScriptedUpstream PlainUpstream { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _models = await BackgroundProcess.StartAsync(["python3", Repository.Path("tests", "e2e", "stubs", "language_models.py")], line => line.StartsWith("port ", StringComparison.Ordinal));
        _port = int.Parse(_models.Ready.AsSpan("port ".Length), CultureInfo.InvariantCulture);
        Stub = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}") };
        Upstream = ScriptedUpstream.Start(Folder.UpstreamCertificate(["api.example.com"]));
        PlainUpstream = ScriptedUpstream.Start();
        Folder.Write("model.key", Key + "\n");
        Proxy = await GatewayProcess.StartAsync(Folder, Policy("Allow what reads."), [("REAL_TOKEN", Secret), ("MODEL_KEY", Key), .. ManagedProxy.Environment]);
        Client = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy($"http://{Proxy.Listeners["tunnel"]}"), SslOptions = Folder.WorkloadTls("api.example.com") });
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Proxy.DisposeAsync();
        Assert.DoesNotContain("canary", Proxy.Output, StringComparison.Ordinal);
        var asked = await Stub.GetStringAsync(new Uri("/asked", UriKind.Relative));
        Assert.DoesNotContain(Secret, asked, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, Upstream.Received + PlainUpstream.Received, StringComparison.Ordinal);
        Stub.Dispose();
        await _models.DisposeAsync();
        await Upstream.DisposeAsync();
        await PlainUpstream.DisposeAsync();
        Folder.Dispose();
    }

    /// <summary>Sends a request to a path.</summary>
    internal async Task<(int Status, string Body)> SendAsync(string path, HttpContent? body = null, CancellationToken cancellation = default, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, $"https://api.example.com:{Upstream.Port}{path}") { Content = body };
        request.Headers.ConnectionClose = true; // So that each has the record of its tunnel beside its own.
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request, cancellation).WaitAsync(Patience.Program, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        Assert.DoesNotContain(Key, text, StringComparison.Ordinal);
        return ((int)response.StatusCode, text);
    }

    /// <summary>Sends a request without TLS, on a connection that is kept.</summary>
    internal static async Task<int> SendPlainAsync(HttpClient client, GatewayProcess proxy, int upstream, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{proxy.Listeners["http"]}{path}");
        request.Headers.Host = $"api.example.com:{upstream}";
        using var response = await client.SendAsync(request).WaitAsync(Patience.Program);
        return (int)response.StatusCode;
    }

    /// <summary>Sends a request, and takes what its judge has recorded.</summary>
    internal async Task<(int Status, JsonElement Record, JsonElement Notes)> RecordAsync(string path, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        var mark = await Proxy.MarkAsync();
        var (status, _) = await SendAsync(path, body, default, headers);
        var record = (await Proxy.RecordsSinceAsync(mark, 2)).Single(r => r.GetProperty("audit").GetProperty("method").GetString() != "CONNECT");
        return (status, record, Notes(record));
    }

    internal static JsonElement Notes(JsonElement record) =>
        record.GetProperty("request_transforms").EnumerateArray().Single(t => t.GetProperty("name").GetString() == "judge" && t.TryGetProperty("annotations", out _)).GetProperty("annotations");

    /// <summary>What models were asked about paths that begin so.</summary>
    internal async Task<JsonElement[]> AskedAsync(string path)
    {
        using var all = JsonDocument.Parse(await Stub.GetStringAsync(new Uri("/asked", UriKind.Relative)));
        return [.. all.RootElement.EnumerateArray().Where(q => new Uri(q.GetProperty("envelope").GetProperty("url").GetString()!).AbsolutePath.StartsWith(path, StringComparison.Ordinal)).Select(q => q.Clone())];
    }

    internal async Task<JsonElement> StateAsync()
    {
        using var state = JsonDocument.Parse(await Stub.GetStringAsync(new Uri("/most", UriKind.Relative)));
        return state.RootElement.Clone();
    }

    /// <summary>Tells the models something.</summary>
    internal async Task TellAsync(string path)
    {
        using var response = await Stub.PostAsync(new Uri(path, UriKind.Relative), null);
        response.EnsureSuccessStatusCode();
    }

    internal static StringContent Text(string text) => new(text, new MediaTypeHeaderValue("text/plain"));

    internal string Policy(string prompt)
    {
        string Judge(string name, string more = "", string provider = "anthropic", string? url = null) => $$"""
              - name: judge
                config:
                  name: {{name}}
                  prompt: {{JsonSerializer.Serialize(prompt)}}
                  rules: [{ host: api.example.com, paths: ["/{{name}}/*"] }]
                  provider: { type: {{provider}}, model: {{provider}}-model, {{(provider == "openai" ? "api_key: { type: file, path: model.key }" : "api_key_env: MODEL_KEY")}}, base_url: "{{url ?? $"http://127.0.0.1:{_port}"}}", price: { input: 0.80, output: 4 } }
                  {{(more.Contains("timeout", StringComparison.Ordinal) ? "" : "timeout: 5m")}}
                  {{(more.Contains("circuit_breaker", StringComparison.Ordinal) ? "" : "circuit_breaker: { consecutive_failures: 1000000 }")}}
                  {{more}}

            """;

        return ExampleProxy.Settings + """
            management: { listen: "127.0.0.1:0", api_key_env: MANAGEMENT_KEY }
            limits: { requests: 3000, requests_per_address: 3000 }
            transforms:
              - { name: allowlist, config: { domains: ["*.example.com"] } }

            """
            + Judge("anthropic")
            + Judge("openai", provider: "openai")
            + Judge("skip", "fallback: skip")
            + Judge("late", "timeout: 100ms")
            + Judge("away", url: "http://127.0.0.1:1")
            + Judge("narrow", "max_concurrent: 10", "openai")
            + Judge("open", "circuit_breaker: { consecutive_failures: 2, cooldown: 1h }")
            + Judge("half-open", "circuit_breaker: { consecutive_failures: 2, cooldown: 300ms }")
            + Judge("cached", "cache: { ttl: 1h }")
            + $$"""
              - name: secrets
                config:
                  secrets:
                    - source: { type: env, var: REAL_TOKEN }
                      replace: { proxy_value: {{Placeholder}}, match_headers: [Authorization], match_query: true, match_body: true }
                      rules: [{ host: api.example.com }]

            """
            + Judge("behind");
    }
}
