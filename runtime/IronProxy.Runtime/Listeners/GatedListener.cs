using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Accepts connections for the server. The server's own accepting tries again at once when a descriptor is missing, and spins; this one rests,
/// and the kernel keeps who connects meanwhile in its backlog.
/// </summary>
internal sealed class GatedListener : IConnectionListener
{
    /// <summary>How long accepting rests when the system refuses to give a descriptor.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly ListenerRole _kind;
    private readonly SocketConnectionContextFactory _contexts;
    private readonly ConnectionGate _gate;
    private readonly StallWatch _stalls;
    private readonly ProxyMetrics _metrics;
    private readonly TimeProvider _time;

    public GatedListener(
        Socket socket, ListenerRole kind, SocketConnectionContextFactory contexts, ConnectionGate gate, StallWatch stalls, ProxyMetrics metrics, TimeProvider time)
    {
        _socket = socket;
        _kind = kind;
        _contexts = contexts;
        _gate = gate;
        _stalls = stalls;
        _metrics = metrics;
        _time = time;
        EndPoint = socket.LocalEndPoint!; // It is bound.
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var socket = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (TryAdmit(socket) is { } connection)
                {
                    return connection;
                }
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null; // The listener was closed, which is how the server ends accepting.
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // The client gave up while it waited in the backlog.
            }
            catch (SocketException)
            {
                _metrics.Reached(Limit.OpenFiles);
                await Task.Delay(Rest, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _socket.Dispose();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return default;
    }

    private GatedConnection? TryAdmit(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            return _gate.TryEnter(socket, _kind) ? new GatedConnection(_contexts.Create(socket), socket, _kind, _gate, _stalls) : null;
        }
        catch (SocketException)
        {
            // The client is gone already: its socket has no other end to be asked about.
            socket.Dispose();
            return null;
        }
    }
}
