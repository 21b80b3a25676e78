using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Limits;

/// <summary>What the requests of all clients share.</summary>
public sealed class RequestLimits : IDisposable
{
    private readonly ClientQuota _requests;
    private readonly ProxyMetrics _metrics;

    /// <summary>Makes it.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="metrics">What counts.</param>
    /// <param name="time">The clock.</param>
    public RequestLimits(ProxyLimits limits, ProxyMetrics metrics, TimeProvider time)
    {
        _requests = new ClientQuota(limits.Requests, Limit.Requests, limits.RequestsPerAddress, Limit.RequestsPerAddress);
        _metrics = metrics;
        Bodies = new BufferedBodies(limits.BufferedBodyBytes, metrics);
        IdleTimeout = limits.IdleTimeout;
        TunnelIdleTimeout = limits.TunnelIdleTimeout;
        Stalls = new StallWatch(limits, metrics, time);
    }

    /// <summary>The memory that whole bodies may take.</summary>
    public BufferedBodies Bodies { get; }

    /// <summary>How long a client may stand still while it is waited for.</summary>
    public TimeSpan IdleTimeout { get; }

    /// <summary>How long nothing may move in what is passed through; null is no limit.</summary>
    public TimeSpan? TunnelIdleTimeout { get; }

    /// <summary>What ends the wait for clients that do not move.</summary>
    public StallWatch Stalls { get; }

    /// <summary>Takes a place among the requests under way. It is given back when the result is disposed.</summary>
    public RequestPlace Enter(IPAddress client)
    {
        if (_requests.TryTake(client) is not { } limit)
        {
            _metrics.MoveRequests(1);
            return new RequestPlace(this, client, null);
        }

        _metrics.Reached(limit);
        return new RequestPlace(this, client, limit == Limit.Requests ? Reason.ProxyOverloaded : Reason.TooManyRequests);
    }

    /// <inheritdoc />
    public void Dispose() => Stalls.Dispose();

    /// <summary>Counts what was ended because nothing moved in it.</summary>
    public void EndedIdle() => _metrics.Reached(Limit.TunnelIdleTimeout);

    internal void Leave(IPAddress client)
    {
        _metrics.MoveRequests(-1);
        _requests.GiveBack(client);
    }
}

/// <summary>The place of one request.</summary>
/// <param name="limits">Where it is.</param>
/// <param name="client">Whose it is.</param>
/// <param name="refusal">Why there is none; null when there is.</param>
public readonly struct RequestPlace(RequestLimits limits, IPAddress client, Reason? refusal) : IDisposable
{
    /// <summary>Why there is no place; null when there is one.</summary>
    public Reason? Refusal { get; } = refusal;

    /// <inheritdoc />
    public void Dispose()
    {
        if (Refusal is null)
        {
            limits.Leave(client);
        }
    }
}
