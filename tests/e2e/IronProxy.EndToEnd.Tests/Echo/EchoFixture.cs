using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace IronProxy.EndToEnd.Tests.Echo;

/// <summary>The proxy of the corpus, and its score.</summary>
public sealed class EchoFixture(IMessageSink output) : IAsyncLifetime
{
    /// <summary>With characters that every form escapes in its own way.</summary>
    private const string Real = "sk-live/Zq7+\"x\\y 0123~%";

    private const string Injected = "inj-live+/9876543210";

    private const string Placeholder = "pk-proxy-api";

    private const string Policy = """
        dns:
          listen: "127.0.0.1:0"
          proxy_ip: "192.0.2.80"
          records:
            - { name: "scrubbed.example.com", type: A, value: "127.0.0.1" }
            - { name: "strict.example.com", type: A, value: "127.0.0.1" }
            - { name: "injected.example.com", type: A, value: "127.0.0.1" }
        proxy: { http_listen: "127.0.0.1:0", https_listen: "127.0.0.1:0", tunnel_listen: "127.0.0.1:0", upstream_deny_cidrs: [] }
        tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
        metrics: { listen: "127.0.0.1:0" }
        transforms:
          - name: allowlist
            config: { domains: ["*.example.com"] }
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: API_KEY }
                  replace: { proxy_value: "pk-proxy-api" }
                  rules: [{ host: "scrubbed.example.com" }]
                  scrub_responses: true
                - source: { type: env, var: API_KEY }
                  replace: { proxy_value: "pk-proxy-api" }
                  rules: [{ host: "strict.example.com" }]
                  scrub_responses: true
                  scrub_strict: true
                - source: { type: env, var: INJECTED_KEY }
                  inject: { header: "X-Api-Key", formatter: 'Basic {{ base64 "user:" .Value }}' }
                  rules: [{ host: "injected.example.com" }]
                  scrub_responses: true
        """;

    private static readonly string[] Hosts = ["scrubbed.example.com", "strict.example.com", "injected.example.com"];

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private X509Certificate2 _certificate = null!; // Set before any test runs.
    private GatewayProcess _proxy = null!;

    internal CorpusScore Score { get; } = new("echo");

    public async Task InitializeAsync()
    {
        _certificate = _folder.UpstreamCertificate(Hosts);
        _proxy = await GatewayProcess.StartAsync(_folder, Policy, ("API_KEY", Real), ("INJECTED_KEY", Injected));
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _certificate.Dispose();
        _folder.Dispose();
        output.OnMessage(new DiagnosticMessage(Score.ToString()));
        if (Score.Total == EchoCaseReader.ReadAll().Count)
        {
            await Score.KeepAsync();
        }
    }

    /// <summary>Plays a case.</summary>
    /// <returns>What the workload got, and the record.</returns>
    internal async Task<(EchoedResponse Response, JsonElement Record)> PlayAsync(EchoCase @case)
    {
        var value = @case.Host == "injected" ? Injected : Real;
        await using var upstream = EchoUpstream.Start(@case, _certificate);
        var mark = await _proxy.MarkAsync();
        using var client = Client($"{@case.Host}.example.com");
        using var request = new HttpRequestMessage(new HttpMethod(@case.Method), $"https://{@case.Host}.example.com:{upstream.Port}/")
        {
            Version = @case.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (@case.Host != "injected")
        {
            request.Headers.Add(EchoUpstream.Header, Placeholder);
        }

        using var response = await client.SendAsync(request).WaitAsync(Patience.Event);
        var body = await response.Content.ReadAsByteArrayAsync().WaitAsync(Patience.Event);
        var echoed = new EchoedResponse(
            (int)response.StatusCode,
            [.. response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated).Concat(response.TrailingHeaders.NonValidated).SelectMany(h => h.Value.Select(v => $"{h.Key}: {v}"))],
            System.Text.Encoding.UTF8.GetString(body));
        Assert.Null(EchoedForms.FindIn(echoed.All, value));
        return (echoed, Assert.Single(await _proxy.RecordsSinceAsync(mark, 1)));
    }

    private HttpClient Client(string host) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        SslOptions = _folder.WorkloadTls(host),
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_proxy.Listeners["https"], cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}

/// <summary>What a workload got.</summary>
/// <param name="Status">Status code.</param>
/// <param name="Lines">Lines of head and trailers.</param>
/// <param name="Body">The body, as UTF-8.</param>
internal sealed record EchoedResponse(int Status, IReadOnlyList<string> Lines, string Body)
{
    /// <summary>All of it.</summary>
    public string All => string.Join('\n', [.. Lines, "", Body]);
}
