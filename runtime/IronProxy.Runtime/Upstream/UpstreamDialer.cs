using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Dns;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// Opens connections to upstreams. The host is resolved here, every address is checked, and sockets connect to those very
/// addresses: no second resolution can put another in their place.
/// </summary>
/// <param name="resolver">Resolves hosts.</param>
/// <param name="denied">Networks that are never dialled.</param>
/// <param name="own">The proxy's own listeners.</param>
/// <param name="time">The clock.</param>
public sealed class UpstreamDialer(UpstreamResolver resolver, DeniedNetworks denied, OwnListeners own, TimeProvider time)
{
    private readonly ConnectionRace _race = new(time);

    /// <summary>Connects to a host.</summary>
    /// <param name="hostText">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="client">The workload that wants it; lookups are bounded for each.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">The host does not resolve, is denied, or cannot be reached.</exception>
    public async ValueTask<Stream> DialAsync(string hostText, int port, IPAddress client, CancellationToken cancellation)
    {
        if (CanonicalHost.TryCreateFromText(hostText, out var host) is { } reason)
        {
            throw new UpstreamRefusedException(reason);
        }

        var addresses = await ResolveAsync(host, client, cancellation).ConfigureAwait(false);

        // One denied address among several is enough: a name that points there even sometimes is not to be trusted.
        foreach (var address in addresses)
        {
            if (denied.Contains(address) || own.Contains(address, port))
            {
                throw new UpstreamRefusedException(Reason.UpstreamDenied);
            }
        }

        return await _race.ConnectAsync(addresses, port, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<IPAddress[]> ResolveAsync(CanonicalHost host, IPAddress client, CancellationToken cancellation)
    {
        try
        {
            return await resolver.ResolveAsync(host, CanonicalHost.Unmap(client), cancellation).ConfigureAwait(false);
        }
        catch (HostUnresolvedException e)
        {
            throw new UpstreamRefusedException(e.Reason, e);
        }
    }
}
