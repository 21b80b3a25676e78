using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Admits connections or refuses them, right behind accept: a refused one has cost a system call or two and no buffers. The listeners of operators have
/// a few connections of their own, so that they answer whatever clients do.
/// </summary>
public sealed class ConnectionGate : IDisposable
{
    private static readonly byte[] PlainAnswer =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray();

    private readonly ClientQuota _clients;
    private readonly ClientQuota _metrics = OfOperators();
    private readonly ClientQuota _management = OfOperators();
    private readonly RefusedConnections _refused;

    /// <summary>Makes the gate.</summary>
    /// <param name="limits">How many there may be.</param>
    /// <param name="refused">Where refused connections are told of.</param>
    public ConnectionGate(ProxyLimits limits, RefusedConnections refused)
    {
        _clients = new ClientQuota(limits.ClientConnections, Limit.ClientConnections, limits.ClientConnectionsPerAddress, Limit.ClientConnectionsPerAddress);
        _refused = refused;
    }

    /// <summary>Admits a connection, or answers and closes it.</summary>
    /// <returns>Whether it was admitted: then <see cref="Leave"/> must follow, once.</returns>
    public bool TryEnter(Socket socket, ListenerRole kind)
    {
        var remote = (IPEndPoint)socket.RemoteEndPoint!; // Sockets of IP alone are bound.
        if (QuotaOf(kind).TryTake(CanonicalHost.Unmap(remote.Address)) is not { } limit)
        {
            return true;
        }

        _refused.Add(kind, remote, limit);
        if (kind == ListenerRole.Http)
        {
            Answer(socket);
        }

        socket.Dispose();
        return false;
    }

    /// <summary>An admitted connection is closed.</summary>
    public void Leave(IPAddress address, ListenerRole kind) => QuotaOf(kind).GiveBack(CanonicalHost.Unmap(address));

    /// <inheritdoc />
    public void Dispose() => _refused.Dispose();

    private static ClientQuota OfOperators() =>
        new(ProxyLimits.OperatorConnections, Limit.ClientConnections, ProxyLimits.OperatorConnections, Limit.ClientConnections);

    private ClientQuota QuotaOf(ListenerRole kind) => kind switch
    {
        ListenerRole.Metrics => _metrics,
        ListenerRole.Management => _management,
        _ => _clients,
    };

    /// <summary>Fits into the empty buffer of a new socket, so that it waits for nobody. Elsewhere the protocol is not known yet.</summary>
    private static void Answer(Socket socket)
    {
        try
        {
            socket.Send(PlainAnswer);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The client is gone already.
        }
    }
}
