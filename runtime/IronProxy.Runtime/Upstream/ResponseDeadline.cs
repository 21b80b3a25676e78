namespace IronProxy.Runtime.Upstream;

/// <summary>
/// Bounds the wait for the head of a response. The time runs whenever it is the upstream's turn: from when the request is sent
/// whole, and before that while the upstream does not take a piece of it. While the proxy waits for the client it stands still:
/// how long a client may take is not the upstream's business. A response that begins before the request has ended ends the wait
/// too, and later ends of the request must not start it again.
/// </summary>
/// <param name="limit">The longest wait.</param>
/// <param name="aborted">Ends when the client goes away.</param>
internal sealed class ResponseDeadline(TimeSpan limit, CancellationToken aborted) : IDisposable
{
    /// <summary>Timers hold no more. Plans of an earlier compiler can ask for it.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(aborted);
    private readonly Lock _gate = new();
    private bool _over;

    /// <summary>Ends when the time is up or the client goes away.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>It is the upstream's turn: the request is sent, or a piece of it is handed over.</summary>
    public void Start() => Set(limit < Longest ? limit : Longest);

    /// <summary>The piece was taken, and the next one is the client's to send.</summary>
    public void Pause() => Set(Timeout.InfiniteTimeSpan);

    /// <summary>The head of the response is there.</summary>
    /// <returns>False when it has come too late.</returns>
    public bool TryStop()
    {
        lock (_gate)
        {
            _over = true;
            _source.CancelAfter(Timeout.InfiniteTimeSpan);
            return !_source.IsCancellationRequested;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _over = true;
            _source.Dispose();
        }
    }

    private void Set(TimeSpan end)
    {
        lock (_gate)
        {
            if (!_over)
            {
                _source.CancelAfter(end);
            }
        }
    }
}
