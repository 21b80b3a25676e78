using System.Net;
using System.Text;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Pipeline;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Upstream;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// A plan that runs: all listeners, the pipeline and the way upstream. Making one reads the CA and the secrets and binds all
/// sockets, so that whatever is wrong ends the start before anything is served.
/// </summary>
public sealed class ProxyServer : IAsyncDisposable
{
    /// <summary>How long requests that are under way have to finish once the proxy is told to stop.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(25);

    /// <summary>How long what is still to be written has after them: with <see cref="DrainTime"/> 30 s, which is what container platforms give.</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(5);

    /// <summary>How long the first line may take.</summary>
    private static readonly TimeSpan FirstLineTime = TimeSpan.FromSeconds(30);

    private readonly WebApplication _app;
    private readonly ListenerSockets _sockets;
    private readonly DnsServer? _dns;
    private readonly DnsLookups _lookups;
    private readonly CurrentPolicy _policies;
    private readonly PolicyFactory _factory;
    private readonly MetricsEndpoint _endpoint;
    private readonly LineSink _sink;

    private ProxyServer(
        WebApplication app, ListenerSockets sockets, DnsServer? dns, DnsLookups lookups, CurrentPolicy policies, PolicyFactory factory, MetricsEndpoint endpoint, LineSink sink)
    {
        _app = app;
        _sockets = sockets;
        _dns = dns;
        _lookups = lookups;
        _policies = policies;
        _factory = factory;
        _endpoint = endpoint;
        _sink = sink;
    }

    /// <summary>Where the proxy listens.</summary>
    public IReadOnlyDictionary<ListenerRole, IPEndPoint> Endpoints => _sockets.Endpoints;

    /// <summary>Where the DNS server listens; null without one.</summary>
    public IPEndPoint? DnsEndpoint => _dns?.Endpoint;

    /// <summary>Prepares a plan: nothing is served yet.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="host">What may be read of the machine.</param>
    /// <param name="output">Where audit records and log lines go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="transparent">Whether the HTTP and HTTPS listeners take connections to addresses of others (TPROXY).</param>
    /// <exception cref="StartupException">Something is missing or taken; one clear sentence.</exception>
    /// <exception cref="PlanException">The plan does not fit together.</exception>
    public static ProxyServer Create(ProxyPlan plan, HostAccess host, Stream output, TimeProvider time, bool transparent = false)
    {
        PolicyFactory.RequireAllParts(plan);
        var limits = ProxyLimits.Create(plan.Limits, host.OpenFiles);
        var sockets = new ListenerSockets();
        var sink = new LineSink(output, time, limits.Requests);
        try
        {
            return Create(plan, host, limits, sockets, sink, NameSource.Of(plan.Dns, host, time), time, transparent);
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Puts the policy of another plan in the place of the one that runs, as a whole: requests that begin from now on are decided by it, also on
    /// connections and in tunnels that are open, and those under way finish with the one before. When it cannot be made, nothing changes.
    /// </summary>
    /// <exception cref="StartupException">It cannot be made, or differs in what takes a restart; one clear sentence.</exception>
    /// <exception cref="PlanException">The plan does not fit together.</exception>
    public PolicySwap Swap(ProxyPlan plan)
    {
        var changed = Placement.Difference(_policies.Active.Policy.Plan, plan);
        if (changed.Count > 0)
        {
            throw new StartupException($"The plan has another {string.Join(", ", changed)}, which takes a restart, so nothing was changed.");
        }

        return new PolicySwap(_policies.Swap(_factory.Create(plan))?.Ended ?? Task.CompletedTask);
    }

    /// <summary>Starts to serve once a first line could be written, and says so with a log line that names the bound addresses.</summary>
    /// <exception cref="StartupException">The output takes nothing.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var time = _app.Services.GetRequiredService<TimeProvider>();
        StartLines.WriteStarting(_sink, _policies.Active.Policy.Plan, time);
        try
        {
            await _sink.FlushAsync().WaitAsync(FirstLineTime, time, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException)
        {
            throw new StartupException($"Standard error, where every request is recorded, cannot be written: {(e is IOException ? e.Message : "nobody reads it")}. Nothing was started.", e);
        }

        await _app.StartAsync(cancellation).ConfigureAwait(false);
        _dns?.Start();
        _endpoint.SetReady(true);
        StartLines.WriteReady(_sink, _policies.Active.Policy.Plan, Endpoints, DnsEndpoint, time);
    }

    /// <summary>
    /// Serves until it is told to stop, then finishes what is under way. A failing output ends it at once: requests that cannot
    /// be recorded are not served, and those under way are broken off.
    /// </summary>
    /// <returns>Null when it ended because it was told to and every record was written; else one sentence that says why not.</returns>
    public async Task<string?> RunUntilStoppedAsync(CancellationToken stop)
    {
        var stopped = Task.Delay(Timeout.Infinite, stop);
        await Task.WhenAny(stopped, _sink.Completion).ConfigureAwait(false);
        _endpoint.SetReady(false);
        await StopServerAsync().ConfigureAwait(false);
        if (await _sink.CloseAsync(FlushTime).ConfigureAwait(false))
        {
            return null;
        }

        return _sink.Completion.Exception?.InnerException is { } error
            ? $"Standard error, where every request is recorded, cannot be written any more: {error.Message}. The proxy stopped, because nothing is let through without its record."
            : "Standard error takes nothing any more: the last records could not be written before the proxy stopped.";
    }

    private async Task StopServerAsync()
    {
        using var atOnce = new CancellationTokenSource();
        var stopping = _app.StopAsync(atOnce.Token);
        await Task.WhenAny(stopping, _sink.Completion).ConfigureAwait(false);
        if (!stopping.IsCompleted)
        {
            await atOnce.CancelAsync().ConfigureAwait(false);
        }

        await stopping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // What did not stop in time ends with the process.
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        if (_dns is not null)
        {
            await _dns.DisposeAsync().ConfigureAwait(false);
        }

        _policies.Dispose();
        await _lookups.DisposeAsync().ConfigureAwait(false);
        _sockets.Dispose();
        await _sink.DisposeAsync().ConfigureAwait(false);
    }

    private static ProxyServer Create(
        ProxyPlan plan, HostAccess host, ProxyLimits limits, ListenerSockets sockets, LineSink sink, NameSource names, TimeProvider time, bool transparent)
    {
        // The DNS server has sockets of its own, and a plan with management is refused.
        foreach (var listener in plan.AllListeners.Where(l => l.Role is not (ListenerRole.Dns or ListenerRole.Management)))
        {
            sockets.Bind(listener, transparent && listener.Role is (ListenerRole.Http or ListenerRole.Https));
        }

        var metrics = new ProxyMetrics();
        var policies = new CurrentPolicy();
        var auditLog = new AuditLog(sink, time, () => policies.Active.Hash, metrics);
        var refusedStreams = new RefusedStreams(auditLog);
        var builder = CreateBuilder(plan, sink, refusedStreams, time);
        var tlsDoor = new TlsDoor(policies, auditLog, metrics, time);
        var tunnelDoor = new TunnelDoor(policies, tlsDoor, auditLog, time);
        builder.Services.AddSingleton(_ => new RequestLimits(limits, metrics, time));
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => CreateListeners(services, sockets, limits, auditLog, metrics, time));
        builder.WebHost.ConfigureKestrel(server => Configure(server, sockets, tlsDoor, tunnelDoor, refusedStreams, auditLog, metrics, time));

        var app = builder.Build();
        app.Services.GetRequiredService<System.Diagnostics.DiagnosticListener>()
            .Subscribe(new RejectedRequests(auditLog), static name => name == RejectedRequests.EventName); // Any wider, and each request is traced.
        var lookups = new DnsLookups(new DnsUpstream(() => names.Settings, time), time);
        var dnsLog = app.Services.GetRequiredService<ILogger<DnsServer>>();
        if (names.Settings.Servers.IsEmpty)
        {
            DnsLog.NoNameServer(dnsLog);
        }

        var dns = BindDns(plan.Dns, policies, names, lookups, dnsLog, time);
        var own = sockets.Endpoints.Values.Concat(dns is null ? [] : [dns.Endpoint]).ToArray();
        var factory = new PolicyFactory(host, limits, names, lookups, new OwnListeners(own), metrics, time);
        policies.Swap(factory.Create(plan));
        var handler = new ProxyHandler(policies, app.Services.GetRequiredService<RequestLimits>(), auditLog, app.Services.GetRequiredService<ILogger<ProxyHandler>>());
        var endpoint = new MetricsEndpoint(metrics, dns?.Counters, lookups.Counters, sink, policies, time.GetUtcNow());
        app.Run(http => http.Features.Get<ProxyConnection>() is { Listener: ListenerRole.Metrics }
            ? endpoint.HandleAsync(http)
            : handler.HandleAsync(http));
        return new ProxyServer(app, sockets, dns, lookups, policies, factory, endpoint, sink);
    }

    private static GatedListeners CreateListeners(
        IServiceProvider services, ListenerSockets sockets, ProxyLimits limits, AuditLog auditLog, ProxyMetrics metrics, TimeProvider time)
    {
        var loggers = services.GetRequiredService<ILoggerFactory>();
        var refused = new RefusedConnections(auditLog, metrics, loggers.CreateLogger<RefusedConnections>(), time);
        return new GatedListeners(sockets, new ConnectionGate(limits, refused), services.GetRequiredService<RequestLimits>().Stalls, metrics, loggers, time);
    }

    private static WebApplicationBuilder CreateBuilder(ProxyPlan plan, LineSink sink, RefusedStreams refusedStreams, TimeProvider time)
    {
        // RFC 9112, 2.2 lets a server take a bare LF for a line end; a proxy in front of other readers must not.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", Checks.On(Check.BareLineFeed));

        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear(); // proxy.yaml is the only configuration.
        builder.Services.AddSingleton(time);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = DrainTime);
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new JsonLineLoggerProvider(sink, time));
        builder.Logging.SetMinimumLevel(LevelOf(plan.Log.Level));
        builder.Logging.AddFilter("Microsoft", plan.Log.Level == "debug" ? LogLevel.Information : LogLevel.Warning);

        // Audit records say what the host's own request log would; with it off, requests are not traced twice.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // The server's log is the only place that tells of HTTP/2 requests which it refuses itself.
        builder.Logging.AddProvider(refusedStreams);
        builder.Logging.AddFilter<RefusedStreams>(null, LogLevel.None);
        builder.Logging.AddFilter<RefusedStreams>(RefusedStreams.Category, LogLevel.Debug);
        builder.Logging.AddFilter<RefusedStreams>(RefusedStreams.ServerCategory, LogLevel.Warning);

        // It tells of nothing but what clients do, in as many lines as they like; the records say it once.
        builder.Logging.AddFilter<JsonLineLoggerProvider>(RefusedStreams.Category, LogLevel.None);
        builder.WebHost.UseKestrelHttpsConfiguration();
        return builder;
    }

    private static LogLevel LevelOf(string level) => level switch
    {
        "debug" => LogLevel.Debug,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };

    private static void Configure(
        KestrelServerOptions server, ListenerSockets sockets, TlsDoor tlsDoor, TunnelDoor tunnelDoor, RefusedStreams refusedStreams, AuditLog auditLog, ProxyMetrics metrics, TimeProvider time)
    {
        server.AddServerHeader = false;
        server.RequestHeaderEncodingSelector = HeaderEncodings.Select;
        server.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        server.Limits.MaxRequestBodySize = null;
        server.Limits.MinRequestBodyDataRate = null;
        server.Limits.MinResponseDataRate = null;
        server.Limits.MaxRequestBufferSize = GatedListeners.ReadBufferSize;
        server.Limits.Http2.InitialStreamWindowSize = GatedListeners.ReadBufferSize;
        server.Limits.Http2.InitialConnectionWindowSize = 4 * GatedListeners.ReadBufferSize;
        server.Limits.MaxRequestLineSize = 64 * 1024;
        server.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
        server.Limits.MaxRequestHeaderCount = 200;
        server.Limits.Http2.MaxRequestHeaderFieldSize = RequestFraming.MaxHeaderValueLength;

        foreach (var (kind, endpoint) in sockets.Endpoints)
        {
            server.Listen(endpoint, listener =>
            {
                listener.Protocols = kind is ListenerRole.Https or ListenerRole.Tunnel ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
                listener.Use(next => connection => EnterAsync(connection, kind, refusedStreams, auditLog, metrics, next));
                if (kind is ListenerRole.Https or ListenerRole.Tunnel)
                {
                    AddDoors(listener, kind, tlsDoor, tunnelDoor);
                }

                if (kind != ListenerRole.Metrics)
                {
                    listener.Use(next => connection => WatchedConnection.ServeAsync(connection, refusedStreams, time, next));
                }
            });
        }
    }

    private static async Task EnterAsync(
        ConnectionContext connection, ListenerRole kind, RefusedStreams refusedStreams, AuditLog auditLog, ProxyMetrics metrics, ConnectionDelegate next)
    {
        metrics.Opened(kind);
        var proxy = new ProxyConnection(kind, connection.RemoteEndPoint);
        connection.Features.Set(proxy);
        refusedStreams.Add(connection, proxy);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException)
        {
            // The client went away while its first bytes were awaited; what it had asked for is recorded.
        }
        finally
        {
            refusedStreams.Remove(connection.ConnectionId);
            if (proxy.Unwritten is { } record)
            {
                await auditLog.WriteRefusalAsync(record).ConfigureAwait(false);
            }

            metrics.Closed(kind);
        }
    }

    /// <summary>
    /// The middleware before the server's TLS decides whether TLS comes at all; the one behind it is where plain HTTP joins.
    /// </summary>
    private static void AddDoors(ListenOptions listener, ListenerRole kind, TlsDoor tlsDoor, TunnelDoor tunnelDoor)
    {
        ConnectionDelegate? plain = null;
        listener.Use(tls => connection => kind == ListenerRole.Https
            ? tlsDoor.EnterAsync(connection, tls)
            : tunnelDoor.EnterAsync(connection, tls, plain!)); // Set when the chain was built, before any connection.
        listener.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = TimeSpan.FromSeconds(10),
            OnConnection = tlsDoor.SelectAsync,
        });
        listener.Use(next =>
        {
            plain = next;
            return connection =>
            {
                connection.Features.GetRequiredFeature<ProxyConnection>().TlsCompleted = true;
                return next(connection);
            };
        });
    }

    private static DnsServer? BindDns(DnsPlan? plan, CurrentPolicy policies, NameSource names, DnsLookups lookups, ILogger<DnsServer> logger, TimeProvider time)
    {
        if (plan?.Listen is not { } listen)
        {
            return null;
        }

        var servers = names.Settings.Servers;
        if (plan.Passthrough is not null && servers.IsEmpty)
        {
            throw new StartupException("dns.passthrough needs a resolver: set dns.upstream_resolver, or give the machine a nameserver in /etc/resolv.conf.");
        }

        var dns = new DnsServer(listen, () => policies.Active.Answers!, lookups, logger, time); // A swap leaves the section where it is.
        dns.Bind();
        var own = new OwnListeners([dns.Endpoint]);
        if (plan.Passthrough is not null && servers.FirstOrDefault(s => own.Contains(s.Address, s.Port)) is { } self)
        {
            throw new StartupException($"dns.passthrough would ask this DNS server itself ({self}): set dns.upstream_resolver to another one.");
        }

        return dns;
    }
}
