using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace IronProxy.Runtime.Listeners;

/// <summary>A connection that was admitted. It has its place until its descriptor is given back, and no longer than its client takes what is left to be sent.</summary>
internal sealed class GatedConnection : ConnectionContext
{
    private readonly ConnectionContext _inner;
    private readonly Socket _socket;
    private readonly IPAddress _address;
    private readonly ListenerRole _kind;
    private readonly ConnectionGate _gate;
    private readonly StallWatch _stalls;
    private int _left;

    public GatedConnection(ConnectionContext inner, Socket socket, ListenerRole kind, ConnectionGate gate, StallWatch stalls)
    {
        _inner = inner;
        _socket = socket;
        _address = ((IPEndPoint)inner.RemoteEndPoint!).Address; // Known since it was admitted.
        _kind = kind;
        _gate = gate;
        _stalls = stalls;
    }

    public override string ConnectionId
    {
        get => _inner.ConnectionId;
        set => _inner.ConnectionId = value;
    }

    public override IFeatureCollection Features => _inner.Features;

    public override IDictionary<object, object?> Items
    {
        get => _inner.Items;
        set => _inner.Items = value;
    }

    public override IDuplexPipe Transport
    {
        get => _inner.Transport;
        set => _inner.Transport = value;
    }

    public override CancellationToken ConnectionClosed
    {
        get => _inner.ConnectionClosed;
        set => _inner.ConnectionClosed = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => _inner.LocalEndPoint;
        set => _inner.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _inner.RemoteEndPoint;
        set => _inner.RemoteEndPoint = value;
    }

    public override void Abort(ConnectionAbortedException abortReason) => _inner.Abort(abortReason);

    public override void Abort() => _inner.Abort();

    public override async ValueTask DisposeAsync()
    {
        try
        {
            var closing = _inner.DisposeAsync();
            if (!closing.IsCompleted)
            {
                // It ends when the client has taken all: one that takes nothing would keep the descriptor for ever.
                var wait = new ClosingWait(_inner, _socket);
                _stalls.Add(wait);
                try
                {
                    using (wait.Begin())
                    {
                        await closing.ConfigureAwait(false);
                    }
                }
                finally
                {
                    _stalls.Remove(wait);
                }
            }
        }
        finally
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                _gate.Leave(_address, _kind);
            }

            await base.DisposeAsync().ConfigureAwait(false);
        }
    }
}
