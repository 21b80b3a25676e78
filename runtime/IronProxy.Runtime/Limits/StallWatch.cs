using System.Collections.Concurrent;

namespace IronProxy.Runtime.Limits;

/// <summary>
/// Ends what waits for a client that does not move. One timer looks at all of them once a second: reading and writing only leave a mark that they
/// wait, which costs nothing.
/// </summary>
public sealed class StallWatch : IDisposable
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<ClientWait, bool> _waits = [];
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _looked;

    /// <summary>Starts to look.</summary>
    /// <param name="limits">How long and how slow is too much.</param>
    /// <param name="metrics">What counts.</param>
    /// <param name="time">The clock.</param>
    public StallWatch(ProxyLimits limits, Metrics.ProxyMetrics metrics, TimeProvider time)
    {
        Limits = limits;
        Metrics = metrics;
        _time = time;
        _looked = time.GetTimestamp();
        _timer = time.CreateTimer(static watch => ((StallWatch)watch!).Look(), this, Interval, Interval); // The state is this.
    }

    internal ProxyLimits Limits { get; }

    internal Metrics.ProxyMetrics Metrics { get; }

    /// <summary>Looks at a wait from now on.</summary>
    public void Add(ClientWait wait) => _waits.TryAdd(wait, true);

    /// <summary>Looks at it no longer.</summary>
    public void Remove(ClientWait wait) => _waits.TryRemove(wait, out _);

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    /// <summary>Looks at all of them once. The timer does.</summary>
    internal void Look()
    {
        // A timer does not wait for its last call.
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var elapsed = _time.GetElapsedTime(_looked, now);
            _looked = now;
            foreach (var (wait, _) in _waits)
            {
                wait.Look(elapsed, this);
            }
        }
    }
}
