using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// The TCP sockets of all listeners, bound before any of them accepts, so that an occupied port ends the start while nothing
/// has been served.
/// </summary>
public sealed class ListenerSockets : IDisposable
{
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

    private static Socket Bind(string key, ListenAddress address, bool transparent)
    {
        try
        {
            return address.Address is { } literal ? BindTo(IPAddress.Parse(literal), address.Port, key, transparent)
                : Socket.OSSupportsIPv6 ? BindTo(IPAddress.IPv6Any, address.Port, key, transparent)
                : BindTo(IPAddress.Any, address.Port, key, transparent);
        }
        catch (SocketException e)
        {
            throw BindFailure.Describe(key, address, e);
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
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
