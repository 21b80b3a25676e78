using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Secrets;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Runtime.Upstream;
using Microsoft.Extensions.Logging.Abstractions;

namespace IronProxy.Runtime.Tests.Secrets;

/// <summary>The way that sources have to their stores, on a machine with variables. Loopback is a denied network.</summary>
internal sealed class StoreWorld : IAsyncDisposable
{
    private static readonly IPEndPoint NoNameServer = new(IPAddress.Loopback, 1); // All that is asked has an address.

    private readonly DnsLookups _lookups = DnsPlans.Lookups(NoNameServer, TimeProvider.System);
    private readonly UpstreamDialer _dialer;
    private readonly HttpMessageInvoker _http;

    private StoreWorld()
    {
        var resolver = new UpstreamResolver(null, NameSource.OfServer(NoNameServer), _lookups, TimeProvider.System);
        _dialer = new UpstreamDialer(resolver, new DeniedNetworks(["127.0.0.0/8"]), new OwnListeners([]), TimeProvider.System);
        _http = new(ConfiguredHttp.Create(_dialer, UpstreamTrust.System));
    }

    /// <summary>The environment.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>The files.</summary>
    public Dictionary<string, string> Files { get; } = [];

    /// <summary>What the machine is to AWS.</summary>
    public IAwsAccess? Aws { get; set; }

    /// <summary>What the machine is to Google Cloud.</summary>
    public IGcpAccess? Gcp { get; set; }

    /// <summary>The way to what the operator has named.</summary>
    public HttpMessageInvoker Http => _http;

    public static StoreWorld Create() => new();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _lookups.DisposeAsync();
    }

    /// <summary>Reads a source once.</summary>
    public async Task<string> ReadAsync(SecretSourcePlan source, CancellationToken cancellation = default) =>
        (await Reader().ReadAsync(source, "KEY", new(2, 7), cancellation)).Reveal();

    /// <summary>Why a source cannot be read. Nothing that a store or a variable said may be in it.</summary>
    public async Task<string> FailAsync(SecretSourcePlan source)
    {
        var error = await Assert.ThrowsAsync<StartupException>(() => ReadAsync(source));
        Assert.Contains("line 3", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);
        return error.Message;
    }

    /// <summary>A store of the secrets of a policy.</summary>
    public SecretStore Store() => new(Reader(), _http, new ProxyMetrics(), NullLogger<SecretStore>.Instance, TimeProvider.System);

    private SecretReader Reader() => new(Host(), _http, roots => new(ConfiguredHttp.Create(_dialer, UpstreamTrust.Only(roots))));

    private HostAccess Host() => new(Variables.GetValueOrDefault, path => Files.TryGetValue(path, out var text) ? text : throw new FileNotFoundException(), OpenFiles: 1024) { Aws = Aws, Gcp = Gcp };
}
