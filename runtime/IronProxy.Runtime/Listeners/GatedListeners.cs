using System.Net;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Listeners;

/// <summary>Takes the place of the server's own transport: the same sockets and buffers, behind a gate.</summary>
/// <param name="sockets">The sockets, which are bound.</param>
/// <param name="gate">Who may come in.</param>
/// <param name="stalls">What ends connections that do not close.</param>
/// <param name="metrics">What counts.</param>
/// <param name="loggers">The log of the server's transport.</param>
/// <param name="time">The clock.</param>
internal sealed class GatedListeners(
    ListenerSockets sockets, ConnectionGate gate, StallWatch stalls, ProxyMetrics metrics, ILoggerFactory loggers, TimeProvider time) : IConnectionListenerFactory, IDisposable
{
    /// <summary>What a connection may have sent and nobody has read yet. It is reached when an upstream is slower than its client.</summary>
    public const int ReadBufferSize = 128 * 1024;

    private readonly SocketConnectionContextFactory _contexts = new(new SocketConnectionFactoryOptions { MaxReadBufferSize = ReadBufferSize }, loggers.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets"));

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var (kind, socket) = sockets.Take(endpoint);
        return new ValueTask<IConnectionListener>(new GatedListener(socket, kind, _contexts, gate, stalls, metrics, time));
    }

    public void Dispose()
    {
        _contexts.Dispose();
        gate.Dispose();
    }
}
