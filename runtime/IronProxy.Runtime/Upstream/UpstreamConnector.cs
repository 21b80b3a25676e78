using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>Opens connections to upstreams, through a proxy where there is one on the way, with TLS where the scheme asks for it.</summary>
/// <param name="dialer">Resolves, checks and connects.</param>
/// <param name="tunnels">The way through proxies; null without any.</param>
/// <param name="handshake">TLS to upstreams.</param>
/// <param name="time">The clock.</param>
internal sealed class UpstreamConnector(UpstreamDialer dialer, UpstreamTunnels? tunnels, TlsHandshake handshake, TimeProvider time)
{
    /// <summary>With TLS. Lookups and connects have limits of their own, and reasons.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Connects.</summary>
    /// <param name="origin">Where to.</param>
    /// <param name="offerHttp2">Whether HTTP/2 is offered beside HTTP/1.1.</param>
    /// <param name="permit">The right to the connection.</param>
    /// <param name="client">The workload that wants it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">Why there is no connection.</exception>
    public ValueTask<Stream> ConnectAsync(UpstreamOrigin origin, bool offerHttp2, UpstreamPermit permit, IPAddress client, CancellationToken cancellation) =>
        ConnectAsync(origin, origin.IsTls ? offerHttp2 ? TlsHandshake.Http2 : TlsHandshake.Http1 : null, permit, client, cancellation);

    /// <summary>Connects and begins no TLS: what the client sends is its own beginning of it.</summary>
    /// <param name="origin">Where to.</param>
    /// <param name="permit">The right to the connection.</param>
    /// <param name="client">The workload that wants it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">Why there is no connection.</exception>
    public ValueTask<Stream> ConnectUnopenedAsync(UpstreamOrigin origin, UpstreamPermit permit, IPAddress client, CancellationToken cancellation) =>
        ConnectAsync(origin, protocols: null, permit, client, cancellation);

    private async ValueTask<Stream> ConnectAsync(UpstreamOrigin origin, List<SslApplicationProtocol>? protocols, UpstreamPermit permit, IPAddress client, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            var stream = tunnels?.Find(origin) is { } proxy
                ? await tunnels.OpenAsync(proxy, origin, permit, client, either.Token).ConfigureAwait(false)
                : await DialAsync(origin, permit, client, either.Token).ConfigureAwait(false);
            return protocols is null ? stream : await handshake.BeginAsync(stream, origin.Host, protocols, permit, Reason.UpstreamTls, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new UpstreamRefusedException(Reason.UpstreamTimeout, e);
        }
    }

    private async ValueTask<Stream> DialAsync(UpstreamOrigin origin, UpstreamPermit permit, IPAddress client, CancellationToken cancellation)
    {
        var stream = await dialer.DialAsync(origin.Host, origin.Port, client, cancellation).ConfigureAwait(false);
        var socket = ((NetworkStream)stream).Socket; // What was dialled is a connected socket.
        try
        {
            TcpKeepAlive.Enable(socket);
            permit.Address = CanonicalHost.Unmap(((IPEndPoint)socket.RemoteEndPoint!).Address);
        }
        catch (SocketException e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new UpstreamRefusedException(Reason.UpstreamUnreachable, e);
        }

        return stream;
    }
}
