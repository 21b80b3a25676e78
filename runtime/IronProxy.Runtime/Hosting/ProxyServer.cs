using System.Net;
using IronProxy.Pipeline.Logs;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Handling;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Listeners;
using IronProxy.Runtime.Management;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Secrets;
using IronProxy.Runtime.Telemetry;
using IronProxy.Runtime.Upstream;
using IronProxy.Runtime.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Hosting;

/// <summary>
/// A plan that runs: all listeners, the pipeline and the way upstream. Making one reads the CA and the secrets and binds all
/// sockets, so that whatever is wrong ends the start before anything is served.
/// </summary>
public sealed class ProxyServer : IAsyncDisposable
{
    /// <summary>How long what is still to be written has behind the requests: with their time 30 s, which is what container platforms give.</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(5);

    /// <summary>How long the first line may take.</summary>
    private static readonly TimeSpan FirstLineTime = TimeSpan.FromSeconds(30);

    private readonly WebApplication _app;
    private readonly ListenerSockets _sockets;
    private readonly DnsServer? _dns;
    private readonly DnsLookups _lookups;
    private readonly CurrentPolicy _policies;
    private readonly PlacementOverrides _overrides;
    private readonly PolicySwapper _swapper;
    private readonly PolicyReload _reload;
    private readonly MetricsEndpoint _endpoint;
    private readonly OtlpExport? _export;
    private readonly LineSink _sink;
    private int _disposed;

    private ProxyServer(
        WebApplication app, ListenerSockets sockets, DnsServer? dns, DnsLookups lookups, CurrentPolicy policies, PlacementOverrides overrides, PolicySwapper swapper,
        PolicyReload reload, MetricsEndpoint endpoint, OtlpExport? export, LineSink sink)
    {
        _app = app;
        _sockets = sockets;
        _dns = dns;
        _lookups = lookups;
        _policies = policies;
        _overrides = overrides;
        _swapper = swapper;
        _reload = reload;
        _endpoint = endpoint;
        _export = export;
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
    /// <param name="source">Where the plan came from and is read again; without one a reload runs the same plan anew.</param>
    /// <exception cref="StartupException">Something is missing or taken; one clear sentence.</exception>
    /// <exception cref="PlanException">The plan does not fit together.</exception>
    public static Task<ProxyServer> CreateAsync(
        ProxyPlan plan, HostAccess host, Stream output, TimeProvider time, bool transparent = false, PolicySource? source = null) =>
        CreateAsync(plan, host, output, time, PolicyParts.Shipped, transparent, source);

    /// <summary>The same with other parts than those that ship.</summary>
    internal static async Task<ProxyServer> CreateAsync(
        ProxyPlan plan, HostAccess host, Stream output, TimeProvider time, PolicyParts parts, bool transparent = false, PolicySource? source = null)
    {
        source ??= new PolicySource("", plan.Source, _ => Task.FromResult(new ReadPolicy(plan)));
        PolicyFactory.RequireAllParts(plan);
        var overrides = PlacementOverrides.Read(host.ReadVariable);
        var placed = overrides.Apply(plan);
        var limits = ProxyLimits.Create(plan.Limits, host.OpenFiles);
        var server = await ComposeAsync(placed, overrides, host, limits, new LineSink(output, time, limits.Requests, TextOf(placed.Log, host)), NameSource.Of(placed.Dns, host, time), time, parts, transparent, source).ConfigureAwait(false);
        try
        {
            await server._swapper.StartAsync(plan).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Puts the policy of another plan in the place of the one that runs, as a whole: requests that begin from now on are decided by it, also on
    /// connections and in tunnels that are open, and those under way finish with the one before. Open tunnels that it denies end within 30 s. When it cannot be made,
    /// nothing changes.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellation">Gives up while the policy is made.</param>
    /// <exception cref="StartupException">It cannot be made, or differs in what takes a restart; one clear sentence.</exception>
    /// <exception cref="PlanException">The plan does not fit together.</exception>
    public Task<PolicySwap> SwapAsync(ProxyPlan plan, CancellationToken cancellation) => _swapper.SwapAsync(plan, cancellation);

    /// <summary>
    /// Reads the policy again from where it came, and swaps it in. What cannot be read or run changes nothing. The result is a line of the log as well.
    /// </summary>
    /// <param name="trigger">What asked for it, for the log.</param>
    /// <param name="cancellation">Gives up while the policy is read or made.</param>
    public Task<ReloadResult> ReloadAsync(string trigger, CancellationToken cancellation) => _reload.RunAsync(trigger, cancellation);

    /// <summary>Starts to serve once a first line could be written, and says so with a log line that names the bound addresses.</summary>
    /// <exception cref="StartupException">The output takes nothing.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop before.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var time = _app.Services.GetRequiredService<TimeProvider>();
        StartLines.WriteStarting(_sink, _policies.Active.Policy.Plan, _overrides.Names, time);
        try
        {
            await _sink.FlushAsync().WaitAsync(FirstLineTime, time, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
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
    /// <param name="stop">Tells it to stop.</param>
    /// <param name="atOnce">Tells it to break off what is under way, too. Its records are still written.</param>
    /// <returns>Null when it ended because it was told to and every record was written; else one sentence that says why not.</returns>
    public async Task<string?> RunUntilStoppedAsync(CancellationToken stop, CancellationToken atOnce = default)
    {
        var stopped = Task.Delay(Timeout.Infinite, stop);
        await Task.WhenAny(stopped, _sink.Completion).ConfigureAwait(false);
        _endpoint.SetReady(false);
        await StopServerAsync(atOnce).ConfigureAwait(false);
        await EndExportAsync().ConfigureAwait(false);
        if (await _sink.CloseAsync(FlushTime).ConfigureAwait(false))
        {
            return null;
        }

        return _sink.Completion.Exception?.InnerException is { } error
            ? $"Standard error, where every request is recorded, cannot be written any more: {error.Message}. The proxy stopped, because nothing is let through without its record."
            : "Standard error takes nothing any more: the last records could not be written before the proxy stopped.";
    }

    /// <exception cref="PlanException">The plan asks for something else.</exception>
    private static LogText? TextOf(LogPlan plan, HostAccess host) => plan.Format switch
    {
        null => null,
        LogPlan.TextFormat => new LogText(host.OutputHasColor),
        _ => throw new PlanException("The plan's log.format is not one that this proxy knows."),
    };

    private ValueTask EndExportAsync() => _export?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task StopServerAsync(CancellationToken asked)
    {
        using var atOnce = CancellationTokenSource.CreateLinkedTokenSource(asked);
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
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _app.DisposeAsync().ConfigureAwait(false);
        if (_dns is not null)
        {
            await _dns.DisposeAsync().ConfigureAwait(false);
        }

        await EndExportAsync().ConfigureAwait(false);
        _endpoint.Dispose();
        _policies.Dispose();
        _reload.Dispose();
        _swapper.Dispose();
        await _lookups.DisposeAsync().ConfigureAwait(false);
        _sockets.Dispose();
        await _sink.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Binds all sockets, and puts together what outlives policies.</summary>
    private static async Task<ProxyServer> ComposeAsync(
        ProxyPlan plan, PlacementOverrides overrides, HostAccess host, ProxyLimits limits, LineSink sink, NameSource names, TimeProvider time, PolicyParts parts, bool transparent,
        PolicySource source)
    {
        var key = plan.Management is { } section ? ManagementKey.Read(section, host) : null;
        var sockets = new ListenerSockets();
        var lookups = new DnsLookups(new DnsUpstream(() => names.Settings, time), time);
        try
        {
            // The DNS server has sockets of its own.
            foreach (var listener in plan.AllListeners.Where(l => l.Role != ListenerRole.Dns))
            {
                sockets.Bind(listener, transparent && listener.Role is (ListenerRole.Http or ListenerRole.Https));
            }

            var metrics = new ProxyMetrics();
            var policies = new CurrentPolicy();
            var connections = new OpenConnections(time);
            var feed = new RecordFeed();
            var exported = new ExportedSink(new JsonAuditSink(sink, time, feed));
            var auditLog = new AuditLog(exported, time, () => policies.Active.Hash, metrics.Count, headers => exported.Export?.StartSpan(headers));
            var refusedStreams = new RefusedStreams(auditLog);
            var builder = ServerSetup.CreateBuilder(plan, sink, refusedStreams, time);
            builder.Services.AddSingleton(_ => new RequestLimits(limits, metrics, time));
            builder.Services.AddSingleton(services => new OpenTunnels(policies, services.GetRequiredService<ILogger<OpenTunnels>>(), time));
            builder.Services.AddSingleton(services => new SpliceDoor(
                policies, services.GetRequiredService<OpenTunnels>(), services.GetRequiredService<RequestLimits>(), auditLog, services.GetRequiredService<ILogger<SpliceDoor>>(), time));
            builder.Services.AddSingleton(services => new OpenWebSockets(
                policies, socket => metrics.Carried(socket.RequestBytes, socket.ResponseBytes), services.GetRequiredService<ILogger<OpenWebSockets>>()));
            builder.Services.AddSingleton<IConnectionListenerFactory>(services => CreateListeners(services, sockets, limits, auditLog, metrics, time));
            builder.WebHost.ConfigureKestrel(server =>
            {
                var tlsDoor = new TlsDoor(policies, server.ApplicationServices.GetRequiredService<SpliceDoor>(), auditLog, metrics, time);
                var tunnelDoor = new TunnelDoor(policies, tlsDoor, server.ApplicationServices.GetRequiredService<OpenTunnels>(), auditLog, time);
                var tunnelTlsDoor = plan.TunnelTls is null ? null : new TunnelTlsDoor(policies, auditLog, time);
                ServerSetup.Configure(server, sockets, tlsDoor, tunnelDoor, tunnelTlsDoor, connections, refusedStreams, auditLog, metrics, time);
            });

            var app = builder.Build();
            app.Services.GetRequiredService<System.Diagnostics.DiagnosticListener>()
                .Subscribe(new RejectedRequests(auditLog), static name => name == RejectedRequests.EventName); // Any wider, and each request is traced.
            var loggers = app.Services.GetRequiredService<ILoggerFactory>();
            var dnsLog = loggers.CreateLogger<DnsServer>();
            if (names.Settings.Servers.IsEmpty)
            {
                DnsLog.NoNameServer(dnsLog);
            }

            var dns = await BindDnsAsync(plan.Dns, policies, names, lookups, DnsQuestionLog.Of(plan.Log, sink, time), dnsLog, time).ConfigureAwait(false);
            var own = sockets.Endpoints.Values.Concat(dns is null ? [] : [dns.Endpoint]).ToArray();
            exported.Export = OtlpExport.Start(
                host.ReadVariable, new UpstreamDialer(new UpstreamResolver(plan.Dns, names, lookups, time), new DeniedNetworks([]), new OwnListeners(own), time), metrics,
                loggers.CreateLogger<OtlpExport>(), time);
            var factory = new PolicyFactory(host, limits, names, lookups, new OwnListeners(own), overrides, parts, metrics, loggers.CreateLogger<SecretStore>(), time);
            var webSockets = app.Services.GetRequiredService<OpenWebSockets>();
            metrics.Show(MetricNames.WebSockets, () => (long)webSockets.Count);
            var handler = new ProxyHandler(
                policies, app.Services.GetRequiredService<RequestLimits>(), webSockets, auditLog, exported.Export?.PassesTracesOn ?? false, time, loggers.CreateLogger<ProxyHandler>());
            ProcessMetrics.Show(metrics, dns?.Counters, lookups.Counters, sink, () => policies.Active.Policy.Plan, time.GetUtcNow());
            var endpoint = new MetricsEndpoint(metrics, sink);
            var tunnels = app.Services.GetRequiredService<OpenTunnels>();
            var swapper = new PolicySwapper(factory, policies, () => Task.WhenAll(tunnels.JudgeAsync(), webSockets.JudgeAsync()));
            var reload = new PolicyReload(source, policies, swapper.SwapAsync, metrics, loggers.CreateLogger<PolicyReload>(), time);
            var status = new StatusReport(new ProcessFacts(time.GetUtcNow(), sockets.Endpoints, dns?.Endpoint), policies, reload, time);
            var management = key is null ? null : new ManagementEndpoint(
                key, reload, status, new ConnectionReport(connections), new RequestStream(feed, () => policies.Active.Hash, time, app.Lifetime.ApplicationStopping), new AskedExplanation(policies),
                policies, loggers.CreateLogger<ManagementEndpoint>(), time, app.Lifetime.ApplicationStopping);
            app.Run(http => http.Features.Get<ProxyConnection>()?.Listener switch
            {
                ListenerRole.Metrics => endpoint.HandleAsync(http),
                ListenerRole.Management => management!.HandleAsync(http), // There is a key when there is a listener.
                _ => handler.HandleAsync(http),
            });
            return new ProxyServer(app, sockets, dns, lookups, policies, overrides, swapper, reload, endpoint, exported.Export, sink);
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    private static GatedListeners CreateListeners(
        IServiceProvider services, ListenerSockets sockets, ProxyLimits limits, AuditLog auditLog, ProxyMetrics metrics, TimeProvider time)
    {
        var loggers = services.GetRequiredService<ILoggerFactory>();
        var refused = new RefusedConnections(auditLog, metrics, loggers.CreateLogger<RefusedConnections>(), time);
        return new GatedListeners(sockets, new ConnectionGate(limits, refused), services.GetRequiredService<RequestLimits>().Stalls, metrics, loggers, time);
    }

    private static async Task<DnsServer?> BindDnsAsync(
        DnsPlan? plan, CurrentPolicy policies, NameSource names, DnsLookups lookups, DnsQuestionLog? questions, ILogger<DnsServer> logger, TimeProvider time)
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

        var dns = new DnsServer(listen, () => policies.Active.Answers!, lookups, questions, logger, time); // A swap leaves the section where it is.
        dns.Bind();
        var own = new OwnListeners([dns.Endpoint]);
        if (plan.Passthrough is not null && servers.FirstOrDefault(s => own.Contains(s.Address, s.Port)) is { } self)
        {
            await dns.DisposeAsync().ConfigureAwait(false);
            throw new StartupException($"dns.passthrough would ask this DNS server itself ({self}): set dns.upstream_resolver to another one.");
        }

        return dns;
    }
}
