using System.Net;
using System.Runtime.CompilerServices;
using IronProxy.Plan;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Requests;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// Sends requests to upstreams: over HTTP/2 when the client speaks it and the upstream chooses it, else over HTTP/1.1. It sends
/// again only what its upstream cannot have processed.
/// </summary>
/// <param name="connector">Opens connections.</param>
/// <param name="permits">The right to connections.</param>
/// <param name="metrics">What counts the requests that are refused because of it.</param>
/// <param name="time">The clock.</param>
internal sealed class UpstreamClient(UpstreamConnector connector, UpstreamPermits permits, ProxyMetrics metrics, TimeProvider time) : IDisposable
{
    private readonly UpstreamPool _pool = new(connector.ConnectAsync, permits, () => metrics.Reached(Limit.UpstreamConnections), time);

    /// <inheritdoc />
    public void Dispose() => _pool.Dispose();

    /// <summary>Sends a request and returns when the head of the response is there.</summary>
    public ValueTask<UpstreamResponse> SendAsync(ProxiedRequest context, ResponseDeadline deadline)
    {
        var origin = UpstreamOrigin.Of(context.Destination);
        return context.WebSocket is not null && origin.IsTls ? OpenWebSocketAsync(origin, context, deadline)
            : HttpProtocol.IsHttp2(context.Http.Request.Protocol) && origin.IsTls ? SendOverHttp2Async(origin, context, deadline)
            : SendOverHttp1Async(origin, context, deadline);
    }

    /// <summary>Opens a connection for TLS that is passed through. It belongs to its caller alone, and goes on when the policy has ended.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="client">The workload that wants it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">Why there is no connection.</exception>
    public async ValueTask<UpstreamSocket> ConnectAsync(CanonicalHost host, int port, IPAddress client, CancellationToken cancellation)
    {
        var permit = _pool.TakePermit();
        try
        {
            return new UpstreamSocket(await connector.ConnectUnopenedAsync(new UpstreamOrigin("https", host, port), permit, client, cancellation).ConfigureAwait(false), permit);
        }
        catch
        {
            permit.Dispose();
            throw;
        }
    }

    /// <summary>Most servers of WebSockets speak HTTP/1.1, and of those that speak HTTP/2 as well few open any over it. One that speaks nothing else says so.</summary>
    private async ValueTask<UpstreamResponse> OpenWebSocketAsync(UpstreamOrigin origin, ProxiedRequest context, ResponseDeadline deadline)
    {
        try
        {
            return await SendOverHttp1Async(origin, context, deadline).ConfigureAwait(false);
        }
        catch (UpstreamRefusedException e) when (e.SharesNoProtocol && Http2Exchange.TryCreateUri(context) is not null)
        {
            // Nothing was sent: the connection has ended in its handshake.
        }

        return await Http2WebSocket.OpenAsync(_pool, origin, Http2Exchange.TryCreateUri(context)!, context, deadline).ConfigureAwait(false); // As above.
    }

    private async ValueTask<UpstreamResponse> SendOverHttp2Async(UpstreamOrigin origin, ProxiedRequest context, ResponseDeadline deadline)
    {
        if (Http2Exchange.TryCreateUri(context) is { } uri && _pool.RentHttp2(origin) is { } client)
        {
            try
            {
                return await Http2Exchange.SendAsync(_pool, client, uri, context, deadline).ConfigureAwait(false);
            }
            catch (HttpRequestException e) when (IsHttp1Chosen(e))
            {
                // Nothing was sent: the connection that was opened waits to be used.
            }
        }

        return await SendOverHttp1Async(origin, context, deadline).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<UpstreamResponse> SendOverHttp1Async(UpstreamOrigin origin, ProxiedRequest context, ResponseDeadline deadline)
    {
        var first = await _pool.RentAsync(origin, fresh: false, context.ClientAddress, deadline.Token).ConfigureAwait(false);
        try
        {
            return await Http1Exchange.SendAsync(_pool, first, context, deadline).ConfigureAwait(false);
        }
        catch (UpstreamBrokenException) when (first is { Parked: > 0, HasReceived: false } && MayRepeat(context))
        {
            // RFC 9112, 9.3.1: a kept connection may be closed at any time, and the request crosses the end on its way.
        }

        var second = await _pool.RentAsync(origin, fresh: true, context.ClientAddress, deadline.Token).ConfigureAwait(false);
        return await Http1Exchange.SendAsync(_pool, second, context, deadline).ConfigureAwait(false);
    }

    /// <summary>RFC 9110, 9.2.2: what is idempotent has the same effect when the upstream has processed it after all.</summary>
    private static bool MayRepeat(ProxiedRequest context) =>
        !context.Body.Exists && context.Request.Method is "GET" or "HEAD" or "OPTIONS" or "PUT" or "DELETE";

    private static bool IsHttp1Chosen(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (e is Http1ChosenException)
            {
                return true;
            }
        }

        return false;
    }
}
