using IronProxy.Plan;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Limits;

/// <summary>
/// Something that moves at the pace of a client. What counts is the time in which the proxy waits for the client; time in which the client waits
/// for the proxy, or for an upstream, does not.
/// </summary>
public abstract class ClientWait
{
    private volatile bool _waiting;
    private volatile bool _ended;
    private long _seen;
    private long _windowStart;
    private TimeSpan _still;
    private TimeSpan _window;

    /// <summary>Whether it was ended because the client did not move.</summary>
    public bool Ended => _ended;

    /// <summary>Says that the proxy waits for the client, until the result is disposed.</summary>
    internal Pause Begin()
    {
        _waiting = true;
        return new Pause(this);
    }

    /// <summary>How many bytes the client has moved so far.</summary>
    protected abstract long Moved { get; }

    /// <summary>Ends it. Called once, by the timer.</summary>
    protected abstract void End();

    /// <summary>Looks how far it has come.</summary>
    internal void Look(TimeSpan elapsed, StallWatch watch)
    {
        if (!_waiting || _ended)
        {
            return;
        }

        var moved = Moved;
        _still = moved == _seen ? _still + elapsed : TimeSpan.Zero;
        _seen = moved;
        _window += elapsed;
        var limits = watch.Limits;
        if (_still >= limits.IdleTimeout)
        {
            EndFor(Limit.IdleTimeout, watch);
        }
        else if (_window >= limits.IdleTimeout)
        {
            // A mean over the whole time would let a client live on what it moved at first.
            if (moved - _windowStart < limits.MinBodyBytesPerSecond * _window.TotalSeconds)
            {
                EndFor(Limit.MinBodyBytesPerSecond, watch);
            }

            _windowStart = moved;
            _window = TimeSpan.Zero;
        }
    }

    /// <summary>One time of waiting.</summary>
    internal readonly struct Pause(ClientWait wait) : IDisposable
    {
        public void Dispose() => wait._waiting = false;
    }

    private void EndFor(Limit limit, StallWatch watch)
    {
        if (Checks.On(Check.StalledClients))
        {
            _ended = true;
            watch.Metrics.Reached(limit);
            End();
        }
    }
}
