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
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="client">The workload that wants it; lookups are bounded for each.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">The host does not resolve, is denied, or cannot be reached.</exception>
    public async ValueTask<Stream> DialAsync(CanonicalHost host, int port, IPAddress client, CancellationToken cancellation)
    {
        var addresses = await FindAsync(host, port, client, cancellation).ConfigureAwait(false);
        return await _race.ConnectAsync(addresses, port, cancellation).ConfigureAwait(false);
    }

    /// <summary>Connects to a host that is still a text.</summary>
    /// <param name="hostText">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="client">The workload that wants it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">It is none, does not resolve, is denied, or cannot be reached.</exception>
    public ValueTask<Stream> DialAsync(string hostText, int port, IPAddress client, CancellationToken cancellation) =>
        CanonicalHost.TryCreateFromText(hostText, out var host) is { } reason
            ? throw new UpstreamRefusedException(reason)
            : DialAsync(host, port, client, cancellation);

    /// <summary>Connects to a host that the operator has named, and no request: the denied networks are not for it, the proxy's own listeners are.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="client">The workload that has it dialled.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">The host does not resolve, is the proxy itself, or cannot be reached.</exception>
    public async ValueTask<Stream> DialConfiguredAsync(CanonicalHost host, int port, IPAddress client, CancellationToken cancellation)
    {
        var addresses = await ResolveAsync(host, client, cancellation).ConfigureAwait(false);
        if (addresses.Any(a => own.Contains(a, port)))
        {
            throw new UpstreamRefusedException(Reason.UpstreamDenied);
        }

        return await _race.ConnectAsync(addresses, port, cancellation).ConfigureAwait(false);
    }

    /// <summary>The addresses of a host, all of which may be dialled.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="client">The workload that wants it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">The host does not resolve, or is denied.</exception>
    public async ValueTask<IPAddress[]> FindAsync(CanonicalHost host, int port, IPAddress client, CancellationToken cancellation)
    {
        var addresses = await ResolveAsync(host, client, cancellation).ConfigureAwait(false);
        RequireAllowed(addresses, port);
        return addresses;
    }

    /// <summary>
    /// Checks a host whose name is handed to a proxy, which resolves it again: it must not lead to a denied address here. A name that cannot be
    /// resolved here passes, since networks with such a proxy often resolve none of the outside. One that was not looked up does not.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port.</param>
    /// <param name="client">The workload that wants it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">The host is denied.</exception>
    public async ValueTask CheckHandedNameAsync(CanonicalHost host, int port, IPAddress client, CancellationToken cancellation)
    {
        if (!Checks.On(Check.UpstreamProxyNames))
        {
            return;
        }

        try
        {
            RequireAllowed(await resolver.ResolveAsync(host, CanonicalHost.Unmap(client), cancellation).ConfigureAwait(false), port);
        }
        catch (HostUnresolvedException e) when (e.Reason == Reason.UpstreamUnresolved)
        {
            // The proxy may know it.
        }
        catch (HostUnresolvedException e)
        {
            throw new UpstreamRefusedException(e.Reason, e);
        }
    }

    /// <summary>One denied address among several is enough: a name that points there even sometimes is not to be trusted.</summary>
    private void RequireAllowed(IPAddress[] addresses, int port)
    {
        foreach (var address in addresses)
        {
            if (denied.Contains(address) || own.Contains(address, port))
            {
                throw new UpstreamRefusedException(Reason.UpstreamDenied);
            }
        }
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
