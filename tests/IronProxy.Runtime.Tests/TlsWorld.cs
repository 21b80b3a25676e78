using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using IronProxy.Certificates;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Hosting;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Upstream;
using IronProxy.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Tests;

/// <summary>A proxy in this process, and behind it an upstream that speaks TLS, <c>upstream.test</c>.</summary>
internal sealed class TlsWorld : IAsyncDisposable
{
    private readonly CaPem _ca = CaGenerator.Create(new CaOptions(), TimeProvider.System);
    private readonly X509Certificate2 _root;
    private readonly CertificateAuthority _authority;
    private readonly MemoryStream _records = new();
    private readonly Func<string, string?> _environment;
    private WebApplication _upstream = null!; // Set by StartAsync, as is the server.

    private TlsWorld(Func<string, string?> environment)
    {
        _root = X509Certificate2.CreateFromPem(_ca.CertificatePem);
        _authority = CertificateAuthority.Load(_ca.CertificatePem, _ca.PrivateKeyPem, TimeProvider.System);
        _environment = environment;
    }

    public ProxyServer Server { get; private set; } = null!;

    public int UpstreamPort => new Uri(_upstream.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port; // It listens.

    /// <summary>Starts both.</summary>
    /// <param name="upstream">What the upstream does.</param>
    /// <param name="transforms">The transforms, in YAML.</param>
    /// <param name="steps">Steps behind those of the policy.</param>
    /// <param name="environment">The proxy's environment.</param>
    /// <param name="upstreamCa">The file of upstream_ca, from the CA of the upstream, which is trusted for itself without one.</param>
    /// <param name="limits">The section limits, in YAML.</param>
    /// <param name="protocols">What the upstream speaks.</param>
    public static async Task<TlsWorld> StartAsync(
        Action<WebApplication> upstream, string transforms, Func<IEnumerable<IStep>>? steps = null, Func<string, string?>? environment = null, Func<string, string>? upstreamCa = null,
        string limits = "{}", HttpProtocols protocols = HttpProtocols.Http1AndHttp2)
    {
        var world = new TlsWorld(environment ?? (static _ => null));
        world._upstream = await world.StartUpstreamAsync(upstream, protocols);
        var host = new HostAccess(world._environment, path => path switch
        {
            "ca.crt" => world._ca.CertificatePem,
            "corp.pem" when upstreamCa is not null => upstreamCa(world._ca.CertificatePem),
            _ => world._ca.PrivateKeyPem,
        }, OpenFiles: 20_000);
        var parts = new PolicyParts(
            (plan, services) => [.. PolicyParts.Create(plan, services), .. steps?.Invoke() ?? []], UpstreamTrust.Only(upstreamCa is null ? [world._root] : []));
        world.Server = await ProxyServer.CreateAsync(Compile(transforms, upstreamCa is null ? "" : ", upstream_ca: [corp.pem]", limits), host, world._records, TimeProvider.System, parts);
        await world.Server.StartAsync(CancellationToken.None);
        return world;
    }

    /// <summary>The plan of a policy that differs in its transforms alone.</summary>
    public static ProxyPlan Compile(string transforms, string proxy = "", string limits = "{}")
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", $$"""
            dns: { listen: "127.0.0.1:0", proxy_ip: 127.0.0.1, upstream_resolver: "127.0.0.1:1", records: [{ name: upstream.test, type: A, value: 127.0.0.1 }] }
            proxy: { http_listen: "127.0.0.1:0", https_listen: "127.0.0.1:0", tunnel_listen: "127.0.0.1:0", upstream_deny_cidrs: []{{proxy}} }
            tls: { ca_cert: ca.crt, ca_key: ca.key }
            metrics: { listen: "" }
            limits: {{limits}}
            transforms: {{transforms}}
            """));
        return result.Plan ?? throw new InvalidOperationException(string.Join('\n', result.Diagnostics));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _upstream.DisposeAsync();
        _root.Dispose();
        await _records.DisposeAsync();
    }

    /// <summary>A client that trusts the proxy's CA, and finds the proxy behind each name.</summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _root }, RevocationMode = X509RevocationMode.NoCheck },
        },
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(Server.Endpoints[ListenerRole.Https], cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };

    /// <summary>All that the proxy has written.</summary>
    public string Output => Encoding.UTF8.GetString(_records.ToArray());

    /// <summary>Audit records, once there are as many.</summary>
    public async Task<ImmutableArray<JsonElement>> RecordsAsync(int count)
    {
        string[] lines = [];
        Assert.True(await Patience.UntilAsync(() =>
        {
            lines = [.. Output.Split('\n').Where(l => l.Contains("\"audit\"", StringComparison.Ordinal))];
            return Task.FromResult(lines.Length >= count);
        }));
        Assert.Equal(count, lines.Length);
        return [.. lines.Select(l => JsonDocument.Parse(l).RootElement)];
    }

    private async Task<WebApplication> StartUpstreamAsync(Action<WebApplication> upstream, HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var leaf = await new LeafCertificateCache(_authority, 1, TimeSpan.FromHours(1), 10, TimeProvider.System).GetAsync(LeafName.ForHost("upstream.test"), denied: false, CancellationToken.None);
        builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = protocols;
            listener.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => new(new SslServerAuthenticationOptions { ServerCertificateContext = leaf }),
            });
        }));
        var app = builder.Build();
        upstream(app);
        await app.StartAsync();
        return app;
    }
}
