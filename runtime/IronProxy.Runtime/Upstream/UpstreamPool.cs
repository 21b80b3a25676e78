using System.Net;
using System.Net.Security;
using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>Opens a connection.</summary>
/// <param name="origin">Where to.</param>
/// <param name="offerHttp2">Whether HTTP/2 is offered beside HTTP/1.1.</param>
/// <param name="permit">The right to the connection.</param>
/// <param name="client">The workload that wants it; lookups are bounded for each.</param>
/// <param name="cancellation">Ends the attempt.</param>
internal delegate ValueTask<Stream> UpstreamConnect(
    UpstreamOrigin origin, bool offerHttp2, UpstreamPermit permit, IPAddress client, CancellationToken cancellation);

/// <summary>
/// The connections to upstreams: kept for the next request to their origin, watched while they are idle, and bounded in all. When
/// the bound is met, the least recently used idle one is closed for a new one; when none is idle, the request is refused. It
/// ends with the policy whose denied networks its connections were checked against.
/// </summary>
internal sealed class UpstreamPool : IDisposable
{
    private const int MaxIdlePerOrigin = 128;

    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(5);

    /// <summary>A name may lead elsewhere by now, and an origin may have learnt HTTP/2.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly UpstreamConnect _connect;
    private readonly UpstreamPermits _permits;
    private readonly Action _reached;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private readonly Lock _gate = new();
    private readonly Dictionary<UpstreamOrigin, OriginConnections> _origins = [];
    private readonly LinkedList<IdleUpstream> _idle = new();
    private bool _closed;

    /// <summary>Makes an empty pool.</summary>
    /// <param name="connect">Opens connections.</param>
    /// <param name="permits">The right to connections, which other pools share.</param>
    /// <param name="reached">Called when a request is refused because of the limit.</param>
    /// <param name="time">The clock.</param>
    public UpstreamPool(UpstreamConnect connect, UpstreamPermits permits, Action reached, TimeProvider time)
    {
        _connect = connect;
        _permits = permits;
        _reached = reached;
        _time = time;
        _sweep = time.CreateTimer(static pool => ((UpstreamPool)pool!).Sweep(), this, SweepPeriod, SweepPeriod);
    }

    /// <summary>A connection over HTTP/1.1 to an origin: a kept one, or a new one.</summary>
    /// <param name="origin">Where to.</param>
    /// <param name="fresh">Whether it must be a new one.</param>
    /// <param name="client">The workload that wants it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">Why there is none.</exception>
    public ValueTask<Http1Connection> RentAsync(UpstreamOrigin origin, bool fresh, IPAddress client, CancellationToken cancellation)
    {
        while (!fresh && TakeIdle(origin) is { } kept)
        {
            if (kept.TryResume())
            {
                return ValueTask.FromResult(kept);
            }

            kept.Close();
        }

        return OpenAsync(origin, client, cancellation);
    }

    /// <summary>Takes a connection back whose last response was read to its end, with nothing behind it.</summary>
    public void Return(Http1Connection connection)
    {
        connection.Park();
        if (!TryKeep(connection))
        {
            connection.Close();
        }
    }

    /// <summary>The client of HTTP/2 for an origin; null when the origin has chosen HTTP/1.1.</summary>
    public Http2Client? RentHttp2(UpstreamOrigin origin)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var connections = Of(origin);
            if (connections.ChoseHttp1At is { } chosen && _time.GetElapsedTime(chosen) < Lifetime)
            {
                return null;
            }

            connections.ChoseHttp1At = null;
            var client = connections.Http2 ??= new Http2Client(origin, ConnectHttp2Async);
            client.Users++;
            Detach(client);
            return client;
        }
    }

    /// <summary>Takes a client of HTTP/2 back.</summary>
    public void Return(Http2Client client)
    {
        lock (_gate)
        {
            if (--client.Users > 0)
            {
                return;
            }

            if (!_closed)
            {
                client.IdleSince = _time.GetTimestamp();
                _idle.AddLast(client.Node);
                return;
            }
        }

        client.Close();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _sweep.Dispose();
        lock (_gate)
        {
            _closed = true;
            while (_idle.First is { } oldest)
            {
                Detach(oldest.Value);
                oldest.Value.Close();
            }

            _origins.Clear();
        }
    }

    private Http1Connection? TakeIdle(UpstreamOrigin origin)
    {
        lock (_gate)
        {
            while (_origins.GetValueOrDefault(origin)?.Idle.Last?.Value is { } connection)
            {
                Detach(connection);
                if (_time.GetElapsedTime(connection.OpenedAt) < Lifetime)
                {
                    return connection;
                }

                connection.Close();
            }

            return null;
        }
    }

    private async ValueTask<Http1Connection> OpenAsync(UpstreamOrigin origin, IPAddress client, CancellationToken cancellation)
    {
        var permit = TakePermit();
        try
        {
            var stream = await _connect(origin, false, permit, client, cancellation).ConfigureAwait(false);
            return new Http1Connection(origin, stream, permit, _time.GetTimestamp());
        }
        catch
        {
            permit.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection over HTTP/2 that belongs to its caller alone.</summary>
    /// <param name="origin">Where to.</param>
    /// <param name="client">The workload that wants it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>The connection, and the right to it, which ends with it.</returns>
    /// <exception cref="UpstreamRefusedException">Why there is none.</exception>
    /// <exception cref="UpstreamBrokenException">It has chosen HTTP/1.1.</exception>
    public async ValueTask<(Stream Stream, UpstreamPermit Permit)> OpenHttp2Async(UpstreamOrigin origin, IPAddress client, CancellationToken cancellation)
    {
        var permit = TakePermit();
        try
        {
            var stream = await _connect(origin, true, permit, client, cancellation).ConfigureAwait(false);
            if (SpeaksHttp2(stream))
            {
                return (stream, permit);
            }

            await stream.DisposeAsync().ConfigureAwait(false);
            throw new UpstreamBrokenException(Reason.UpstreamProtocol);
        }
        catch
        {
            permit.Dispose();
            throw;
        }
    }

    private static bool SpeaksHttp2(Stream stream) => stream is SslStream tls && tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;

    /// <summary>Opens a connection for a client of HTTP/2. One whose upstream chooses HTTP/1.1 is kept for that.</summary>
    private async ValueTask<Stream> ConnectHttp2Async(UpstreamOrigin origin, IPAddress client, CancellationToken cancellation)
    {
        lock (_gate)
        {
            // Of many requests that wait for the first connection, each would open one to be told the same.
            if (_origins.GetValueOrDefault(origin)?.ChoseHttp1At is not null)
            {
                throw new Http1ChosenException();
            }
        }

        var permit = TakePermit();
        try
        {
            var stream = await _connect(origin, true, permit, client, cancellation).ConfigureAwait(false);
            if (SpeaksHttp2(stream))
            {
                return stream;
            }

            lock (_gate)
            {
                Of(origin).ChoseHttp1At = _time.GetTimestamp();
            }

            Return(new Http1Connection(origin, stream, permit, _time.GetTimestamp()));
            throw new Http1ChosenException();
        }
        catch (Exception e) when (e is not Http1ChosenException)
        {
            permit.Dispose();
            throw;
        }
    }

    /// <summary>Takes the right to a connection, and closes idle ones for it.</summary>
    /// <exception cref="UpstreamRefusedException">All are in use.</exception>
    public UpstreamPermit TakePermit()
    {
        lock (_gate)
        {
            while (!_closed)
            {
                if (_permits.TryTake() is { } permit)
                {
                    return permit;
                }

                if (_idle.First is not { } oldest)
                {
                    break;
                }

                Detach(oldest.Value);
                oldest.Value.Close();
            }

            _reached();
            throw new UpstreamRefusedException(Reason.TooManyUpstreamConnections);
        }
    }

    private bool TryKeep(Http1Connection connection)
    {
        lock (_gate)
        {
            if (_closed || _time.GetElapsedTime(connection.OpenedAt) >= Lifetime)
            {
                return false;
            }

            var idle = Of(connection.Origin).Idle;
            if (idle.Count >= MaxIdlePerOrigin)
            {
                return false;
            }

            connection.IdleSince = _time.GetTimestamp();
            _idle.AddLast(connection.Node);
            idle.AddLast(connection.OriginNode ??= new LinkedListNode<Http1Connection>(connection));
            return true;
        }
    }

    private async Task DropWhenEndedAsync(Http1Connection connection, int parked, Task ended)
    {
        await ended.ConfigureAwait(false);
        lock (_gate)
        {
            // It may serve a request by now, or wait again after one.
            if (connection.Node.List is null || connection.Parked != parked)
            {
                return;
            }

            Detach(connection);
        }

        connection.Close();
    }

    private OriginConnections Of(UpstreamOrigin origin)
    {
        if (!_origins.TryGetValue(origin, out var connections))
        {
            _origins.Add(origin, connections = new OriginConnections());
        }

        return connections;
    }

    /// <summary>Takes something out of what is idle, to be used or closed.</summary>
    private void Detach(IdleUpstream idle)
    {
        if (idle.Node.List is not null)
        {
            _idle.Remove(idle.Node);
        }

        if (idle is Http1Connection { OriginNode: { List: { } siblings } node })
        {
            siblings.Remove(node);
        }
        else if (idle is Http2Client { Users: 0 } // Not about to be used, so about to be closed.
            && _origins.GetValueOrDefault(idle.Origin) is { } connections && connections.Http2 == idle)
        {
            connections.Http2 = null;
        }
    }

    private void Sweep()
    {
        lock (_gate)
        {
            while (_idle.First is { } oldest && _time.GetElapsedTime(oldest.Value.IdleSince) >= IdleLimit)
            {
                Detach(oldest.Value);
                oldest.Value.Close();
            }

            // One that has waited this long may wait much longer, and its end must not wait for the next request. One that has ended
            // already is taken out at once, so the list is not walked through meanwhile.
            foreach (var connection in _idle.OfType<Http1Connection>().Where(static c => !c.IsWatched).ToArray())
            {
                _ = DropWhenEndedAsync(connection, connection.Parked, connection.Watch());
            }

            foreach (var (origin, connections) in _origins)
            {
                if (connections is { Idle.Count: 0, Http2: null } && (connections.ChoseHttp1At is not { } chosen || _time.GetElapsedTime(chosen) >= Lifetime))
                {
                    _origins.Remove(origin); // Allowed while a dictionary is walked through.
                }
            }
        }
    }
}
