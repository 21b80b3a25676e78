using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.Socks5;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// Opens connections to upstreams through a proxy. Where a request may lead is decided here and not there: what the proxy is handed was checked, as
/// an address (socks5), or as far as this machine can resolve the name.
/// </summary>
/// <param name="dialer">Resolves, checks and connects.</param>
/// <param name="proxies">The proxies.</param>
/// <param name="handshake">TLS to proxies of https.</param>
/// <param name="time">The clock.</param>
internal sealed class UpstreamTunnels(UpstreamDialer dialer, UpstreamProxies proxies, TlsHandshake handshake, TimeProvider time)
{
    /// <summary>One proxy that is asked, which dials the upstream in our place: as long as dialling it may take.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>How many addresses of a host a proxy is asked for, one after the other.</summary>
    private const int MaxAddresses = 4;

    /// <summary>The proxy on the way to an origin; null when it is dialled itself.</summary>
    public UpstreamProxy? Find(UpstreamOrigin origin) => proxies.Find(origin);

    /// <summary>Opens a tunnel.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="origin">Where the tunnel leads.</param>
    /// <param name="permit">The right to the connection.</param>
    /// <param name="client">The workload that wants it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">Why there is none.</exception>
    public async ValueTask<Stream> OpenAsync(UpstreamProxy proxy, UpstreamOrigin origin, UpstreamPermit permit, IPAddress client, CancellationToken cancellation)
    {
        if (proxy.Address.Scheme == UpstreamProxyScheme.Socks5)
        {
            return await OpenAnyAsync(proxy, origin, permit, client, cancellation).ConfigureAwait(false);
        }

        await dialer.CheckHandedNameAsync(origin.Host, origin.Port, client, cancellation).ConfigureAwait(false);
        return await OpenAsync(
            proxy, permit, client,
            (stream, credentials, over) => proxy.Address.IsSocks
                ? Socks5Handshake.OpenAsync(stream, Socks5ClientMessages.Request(origin.Host, origin.Port), credentials, over)
                : ConnectHandshake.OpenAsync(stream, origin.Host, origin.Port, credentials, over),
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Asks for the addresses of a host in turn, until one is reached.</summary>
    private async ValueTask<Stream> OpenAnyAsync(UpstreamProxy proxy, UpstreamOrigin origin, UpstreamPermit permit, IPAddress client, CancellationToken cancellation)
    {
        var found = await dialer.FindAsync(origin.Host, origin.Port, client, cancellation).ConfigureAwait(false);
        IPAddress[] addresses = [.. ConnectionRace.Interleave(found).Take(MaxAddresses)];
        for (var i = 0; ; i++)
        {
            try
            {
                var stream = await OpenAsync(
                    proxy, permit, client,
                    (stream, credentials, over) => Socks5Handshake.OpenAsync(stream, Socks5ClientMessages.Request(addresses[i], origin.Port), credentials, over),
                    cancellation).ConfigureAwait(false);
                permit.Address = CanonicalHost.Unmap(addresses[i]);
                return stream;
            }
            catch (UpstreamRefusedException e) when (e.Reason == Reason.UpstreamUnreachable && i + 1 < addresses.Length)
            {
                // The next one may be reached: the proxy may have no way to addresses of this family.
            }
        }
    }

    private async ValueTask<Stream> OpenAsync(
        UpstreamProxy proxy, UpstreamPermit permit, IPAddress client, Func<Stream, ProxyCredentials?, CancellationToken, ValueTask> ask, CancellationToken cancellation)
    {
        var credentials = await proxy.CredentialsAsync(cancellation).ConfigureAwait(false);
        var stream = await ReachAsync(proxy.Address, client, cancellation).ConfigureAwait(false);
        using var late = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            if (proxy.Address.Scheme == UpstreamProxyScheme.Https)
            {
                stream = await handshake.BeginAsync(stream, proxy.Address.Host, TlsHandshake.Http1, permit, Reason.UpstreamProxyFailed, either.Token).ConfigureAwait(false);
            }

            await ask(stream, credentials, either.Token).ConfigureAwait(false);
            return stream;
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            switch (e)
            {
                case OperationCanceledException when !cancellation.IsCancellationRequested:
                    throw new UpstreamRefusedException(Reason.UpstreamUnreachable, e);
                case IOException and not UpstreamRefusedException:
                    throw new UpstreamRefusedException(Reason.UpstreamProxyFailed, e);
                default:
                    throw;
            }
        }
    }

    /// <summary>Connects to the proxy.</summary>
    private async ValueTask<Stream> ReachAsync(UpstreamProxyAddress proxy, IPAddress client, CancellationToken cancellation)
    {
        try
        {
            var stream = await dialer.DialConfiguredAsync(proxy.Host, proxy.Port, client, cancellation).ConfigureAwait(false);
            return await EnableKeepAliveAsync(stream).ConfigureAwait(false);
        }
        catch (UpstreamRefusedException e) when (e.Reason != Reason.TooManyLookups)
        {
            throw new UpstreamRefusedException(Reason.UpstreamProxyFailed, e);
        }
    }

    /// <summary>WebSockets, and TLS that is passed through, may be silent for hours.</summary>
    private static async ValueTask<Stream> EnableKeepAliveAsync(Stream stream)
    {
        try
        {
            TcpKeepAlive.Enable(((NetworkStream)stream).Socket); // What was dialled is a connected socket.
            return stream;
        }
        catch (SocketException e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new UpstreamRefusedException(Reason.UpstreamProxyFailed, e);
        }
    }
}
