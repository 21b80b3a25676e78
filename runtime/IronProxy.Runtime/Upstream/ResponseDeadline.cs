namespace IronProxy.Runtime.Upstream;

/// <summary>
/// Bounds the wait for the head of a response. The time runs from when the request is sent whole; a response that begins
/// before that ends the wait too, and later ends of the request must not start it again.
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

    /// <summary>The request is sent.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (!_over)
            {
                _source.CancelAfter(limit < Longest ? limit : Longest);
            }
        }
    }

    /// <summary>The head of the response is there.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _over = true;
            _source.CancelAfter(Timeout.InfiniteTimeSpan);
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
}
