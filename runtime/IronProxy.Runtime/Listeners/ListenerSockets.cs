using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// The TCP sockets of all listeners, bound before any of them accepts, so that an occupied port ends the start while nothing
/// has been served.
/// </summary>
/// <remarks>
/// They listen at once: the system gives a port that may be reused (SO_REUSEADDR, which the framework sets so that a restart finds its port) to every socket
/// that asks, also as a free one, until one of them listens. Who connects before the start has ended waits in the backlog.
/// </remarks>
public sealed class ListenerSockets : IDisposable
{
    /// <summary>What the server's own listeners have.</summary>
    private const int Backlog = 512;

    /// <summary>How often a free port is asked for: two processes may be given the same one.</summary>
    private const int MaxPortAttempts = 16;

    private readonly Dictionary<ListenerRole, Socket> _sockets = [];

    /// <summary>The bound endpoints.</summary>
    public IReadOnlyDictionary<ListenerRole, IPEndPoint> Endpoints =>
        _sockets.ToDictionary(s => s.Key, s => (IPEndPoint)s.Value.LocalEndPoint!);

    /// <summary>Binds a listener, unless it is off.</summary>
    /// <param name="listener">The listener.</param>
    /// <param name="transparent">Whether it also takes connections to addresses of others, which TPROXY rules lead here.</param>
    /// <exception cref="StartupException">The address cannot be bound.</exception>
    public void Bind(ListenerPlan listener, bool transparent)
    {
        if (listener.Address is { } address)
        {
            _sockets.Add(listener.Role, Bind(listener.Role.Key(), address, transparent));
        }
    }

    /// <summary>Hands a socket over to the server, which closes it from then on.</summary>
    public (ListenerRole Kind, Socket Socket) Take(EndPoint endpoint)
    {
        foreach (var (kind, socket) in _sockets)
        {
            if (endpoint.Equals(socket.LocalEndPoint))
            {
                return (kind, socket);
            }
        }

        throw new System.Diagnostics.UnreachableException($"No listener is bound to {endpoint}.");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var socket in _sockets.Values)
        {
            socket.Dispose();
        }
    }

    private static Socket Bind(string key, ListenAddress listen, bool transparent)
    {
        var address = listen.Address is { } literal ? IPAddress.Parse(literal) : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return BindTo(address, listen.Port, key, transparent);
            }
            catch (SocketException failure) when (listen.Port == 0 && attempt < MaxPortAttempts && failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another free port is tried.
            }
            catch (SocketException failure)
            {
                throw BindFailure.Describe(key, listen, failure);
            }
        }
    }

    private static Socket BindTo(IPAddress address, int port, string key, bool transparent)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            if (transparent)
            {
                TransparentSocket.Set(socket, key);
            }

            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
