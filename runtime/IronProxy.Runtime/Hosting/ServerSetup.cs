using System.Text;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Listeners;
using IronProxy.Runtime.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Hosting;

/// <summary>Sets the web server up: its log, its limits, and the doors before it.</summary>
internal static class ServerSetup
{
    /// <summary>How long requests that are under way have to finish once the proxy is told to stop.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(10);

    /// <summary>Starts an application that logs to the sink and reads no configuration.</summary>
    public static WebApplicationBuilder CreateBuilder(ProxyPlan plan, LineSink sink, RefusedStreams refusedStreams, TimeProvider time)
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

    /// <summary>Sets what the server reads, how much of it, and what is asked before its own code.</summary>
    public static void Configure(
        KestrelServerOptions server, ListenerSockets sockets, TlsDoor tlsDoor, TunnelDoor tunnelDoor, TunnelTlsDoor? tunnelTlsDoor, OpenConnections connections, RefusedStreams refusedStreams,
        AuditLog auditLog, ProxyMetrics metrics, TimeProvider time)
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
        server.Limits.MaxRequestHeaderCount = RequestHead.MaxLines;
        server.Limits.Http2.MaxRequestHeaderFieldSize = RequestHead.MaxValueLength;

        foreach (var (kind, endpoint) in sockets.Endpoints)
        {
            server.Listen(endpoint, listener =>
            {
                listener.Protocols = kind is ListenerRole.Https or ListenerRole.Tunnel ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
                listener.Use(next => connection => EnterAsync(connection, kind, connections, refusedStreams, auditLog, metrics, next));
                if (kind == ListenerRole.Tunnel && tunnelTlsDoor is not null)
                {
                    AddTunnelTls(listener, tunnelTlsDoor);
                }

                if (kind is ListenerRole.Https or ListenerRole.Tunnel)
                {
                    AddDoors(listener, kind, tlsDoor, tunnelDoor);
                }

                if (kind.IsForWorkloads())
                {
                    listener.Use(next => connection => WatchedConnection.ServeAsync(connection, refusedStreams, time, next));
                }
            });
        }
    }

    private static async Task EnterAsync(
        ConnectionContext connection, ListenerRole kind, OpenConnections connections, RefusedStreams refusedStreams, AuditLog auditLog, ProxyMetrics metrics, ConnectionDelegate next)
    {
        metrics.Opened(kind);
        var proxy = new ProxyConnection(kind, connection.RemoteEndPoint);
        connection.Features.Set(proxy);
        connections.Add(proxy);
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
            connections.Remove(proxy);
            refusedStreams.Remove(connection.ConnectionId);
            if (proxy.Unwritten is { } record)
            {
                await auditLog.WriteRefusalAsync(record).ConfigureAwait(false);
            }

            metrics.Closed(kind);
        }
    }

    /// <summary>TLS of the tunnel listener itself, in front of everything that it does without.</summary>
    private static void AddTunnelTls(ListenOptions listener, TunnelTlsDoor door)
    {
        listener.Use(tls => connection => door.EnterAsync(connection, tls));
        listener.UseHttps(new TlsHandshakeCallbackOptions { HandshakeTimeout = HandshakeTime, OnConnection = door.SelectAsync });
        listener.Use(next => connection => TunnelTlsDoor.EnteredAsync(connection, next));
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
            HandshakeTimeout = HandshakeTime,
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
}
