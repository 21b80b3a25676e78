using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Dns;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// Opens connections to upstreams. The host is resolved here, every address is checked, and the socket connects to one of
/// those very addresses: no second resolution can put another in its place.
/// </summary>
/// <param name="resolver">Resolves hosts.</param>
/// <param name="denied">Networks that are never dialled.</param>
/// <param name="own">The proxy's own listeners.</param>
public sealed class UpstreamDialer(UpstreamResolver resolver, DeniedNetworks denied, OwnListeners own)
{
    /// <summary>Connects to a host.</summary>
    /// <exception cref="UpstreamRefusedException">The host does not resolve, is denied, or cannot be reached.</exception>
    public async ValueTask<Stream> DialAsync(string hostText, int port, CancellationToken cancellation)
    {
        if (CanonicalHost.TryCreateFromText(hostText, out var host) is { } reason)
        {
            throw new UpstreamRefusedException(reason);
        }

        var addresses = await ResolveAsync(host, cancellation).ConfigureAwait(false);

        // One denied address among several is enough: a name that points there even sometimes is not to be trusted.
        foreach (var address in addresses)
        {
            if (denied.Contains(address) || own.Contains(address, port))
            {
                throw new UpstreamRefusedException(Reason.UpstreamDenied);
            }
        }

        return await ConnectAsync(addresses, port, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<IPAddress[]> ResolveAsync(CanonicalHost host, CancellationToken cancellation)
    {
        try
        {
            return await resolver.ResolveAsync(host, cancellation).ConfigureAwait(false);
        }
        catch (HostUnresolvedException e)
        {
            throw new UpstreamRefusedException(Reason.UpstreamUnresolved, e);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellation)
    {
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, port, cancellation).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw new UpstreamRefusedException(Reason.UpstreamUnreachable, last);
    }
}
