using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using IronProxy.Certificates;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Runtime.Hosting;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Upstream;
using IronProxy.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Tests.Transforms;

/// <summary>A response step changes status, headers, a body that streams and its trailers, over HTTP/1.1 and HTTP/2, with an upstream that speaks TLS.</summary>
public sealed class ResponseStepTests : IAsyncLifetime, IDisposable
{
    private const string Piece = "one piece after the other, ";
    private const int Pieces = 5000;

    private readonly CaPem _ca = CaGenerator.Create(new CaOptions(), TimeProvider.System);
    private readonly X509Certificate2 _root;
    private readonly MemoryStream _records = new();
    private readonly TaskCompletionSource _firstPieceSeen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CertificateAuthority _authority;
    private ProxyPlan _plan = null!; // Set before each test.
    private int _disposed;
    private WebApplication _upstream = null!; // Set before each test.
    private ProxyServer _server = null!; // Set before each test.

    public ResponseStepTests()
    {
        _root = X509Certificate2.CreateFromPem(_ca.CertificatePem);
        _authority = CertificateAuthority.Load(_ca.CertificatePem, _ca.PrivateKeyPem, TimeProvider.System);
    }

    public async Task InitializeAsync()
    {
        _upstream = await StartUpstreamAsync();
        _plan = ProxyCompiler.Compile(new SourceText("proxy.yaml", """
            dns: { listen: "127.0.0.1:0", proxy_ip: 127.0.0.1, upstream_resolver: "127.0.0.1:1", records: [{ name: upstream.test, type: A, value: 127.0.0.1 }] }
            proxy: { http_listen: "127.0.0.1:0", https_listen: "127.0.0.1:0", upstream_deny_cidrs: [] }
            tls: { ca_cert: ca.crt, ca_key: ca.key }
            metrics: { listen: "" }
            transforms: [{ name: allowlist, config: { domains: [upstream.test] } }]
            """)).Plan!; // It has no errors.
        var host = new HostAccess(static _ => null, path => path == "ca.crt" ? _ca.CertificatePem : _ca.PrivateKeyPem, OpenFiles: 20_000);
        var parts = new PolicyParts((plan, services) => [.. PolicyParts.Create(plan, services), new ShoutingStep(() => _disposed++)], UpstreamTrust.Only([_root]));
        _server = await ProxyServer.CreateAsync(_plan, host, _records, TimeProvider.System, parts);
        await _server.StartAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    public void Dispose()
    {
        _root.Dispose();
        _records.Dispose();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Status_headers_body_and_trailers_are_changed_while_they_stream(string version)
    {
        using var client = Client();
        using var response = await client.SendAsync(Request("/pieces", version), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[Piece.Length];
        await body.ReadExactlyAsync(first);
        _firstPieceSeen.SetResult(); // The upstream has sent no more than that until now.
        using var rest = new StreamReader(body);
        var text = Encoding.ASCII.GetString(first) + await rest.ReadToEndAsync();

        Assert.Equal(version, response.Version.ToString());
        Assert.Equal(203, (int)response.StatusCode);
        Assert.Equal(["loud"], response.Headers.GetValues("X-Mood"));
        Assert.Equal(string.Concat(Enumerable.Repeat(Piece, Pieces)).ToUpperInvariant(), text);
        Assert.Equal(["FINE"], response.TrailingHeaders.GetValues("X-End"));
        Assert.Equal([$"{Piece.Length * Pieces}"], response.TrailingHeaders.GetValues("X-Length"));
        using var record = await RecordAsync();
        var audit = record.RootElement.GetProperty("audit");
        Assert.Equal(("allow", 203, 200), (audit.GetProperty("action").GetString(), audit.GetProperty("status").GetInt32(), audit.GetProperty("upstream_status").GetInt32()));
        var step = Assert.Single(record.RootElement.GetProperty("response_transforms").EnumerateArray());
        Assert.Equal("""shouting continue {"mood":"good"}""", $"{step.GetProperty("name")} {step.GetProperty("action")} {step.GetProperty("annotations")}");
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_step_answers_itself_and_no_upstream_is_asked(string version)
    {
        using var client = Client();
        using var response = await client.SendAsync(Request(ShoutingStep.Made, version));

        Assert.Equal(203, (int)response.StatusCode);
        Assert.Equal(["calm"], response.Headers.GetValues("X-Mood")); // The transform that answers does not see its own answer.
        Assert.Equal("made", await response.Content.ReadAsStringAsync());
        using var record = await RecordAsync();
        var audit = record.RootElement.GetProperty("audit");
        Assert.Equal(("stub", "delivered"), (audit.GetProperty("action").GetString(), audit.GetProperty("outcome").GetString()));
        Assert.False(audit.TryGetProperty("upstream_status", out _));
        Assert.Equal(["continue", "stub"], record.RootElement.GetProperty("request_transforms").EnumerateArray().Select(s => s.GetProperty("action").GetString()!));
    }

    [Fact]
    public async Task A_step_is_disposed_with_its_policy()
    {
        var swap = await _server.SwapAsync(_plan, CancellationToken.None);
        await swap.Drained;
        Assert.Equal(1, _disposed);

        await _server.DisposeAsync();
        Assert.Equal(2, _disposed);
    }

    private HttpRequestMessage Request(string path, string version) => new(HttpMethod.Get, new Uri($"https://upstream.test:{UpstreamPort}{path}"))
    {
        Version = Version.Parse(version),
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private int UpstreamPort => new Uri(_upstream.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port; // It listens.

    private HttpClient Client() => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _root }, RevocationMode = X509RevocationMode.NoCheck },
        },
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(_server.Endpoints[ListenerRole.Https], cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        Timeout = Patience.Event,
    };

    private async Task<WebApplication> StartUpstreamAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var leaf = await new LeafCertificateCache(_authority, 1, TimeSpan.FromHours(1), 10, TimeProvider.System).GetAsync(LeafName.ForHost("upstream.test"), denied: false, CancellationToken.None);
        builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = HttpProtocols.Http1AndHttp2;
            listener.UseHttps(new Microsoft.AspNetCore.Server.Kestrel.Https.TlsHandshakeCallbackOptions
            {
                OnConnection = _ => new(new SslServerAuthenticationOptions { ServerCertificateContext = leaf }),
            });
        }));
        var app = builder.Build();
        app.Run(SpeakAsync);
        await app.StartAsync();
        return app;
    }

    /// <summary>Over HTTP/1.1 the server sends no trailers, but chunks as they are written.</summary>
    private async Task SpeakAsync(HttpContext http)
    {
        var chunks = !http.Response.SupportsTrailers();
        http.Response.Headers["X-Mood"] = "good";
        if (chunks)
        {
            http.Response.Headers.TransferEncoding = "chunked";
        }

        for (var i = 0; i < Pieces; i++)
        {
            await http.Response.WriteAsync(chunks ? $"{Piece.Length:x}\r\n{Piece}\r\n" : Piece, http.RequestAborted);
            if (i == 0)
            {
                await http.Response.Body.FlushAsync(http.RequestAborted);
                await _firstPieceSeen.Task.WaitAsync(http.RequestAborted);
            }
        }

        if (chunks)
        {
            await http.Response.WriteAsync("0\r\nX-End: fine\r\n\r\n", http.RequestAborted);
        }
        else
        {
            http.Response.AppendTrailer("X-End", "fine");
        }
    }

    /// <summary>The one audit record.</summary>
    private async Task<JsonDocument> RecordAsync()
    {
        string? line = null;
        Assert.True(await Patience.UntilAsync(() =>
        {
            line = Encoding.UTF8.GetString(_records.ToArray()).Split('\n').FirstOrDefault(l => l.Contains("\"audit\"", StringComparison.Ordinal));
            return Task.FromResult(line is not null);
        }));
        return JsonDocument.Parse(line!); // It was awaited.
    }
}
