namespace IronProxy.Runtime.Protocols.Http2;

/// <summary>So many frames at once, and so many more each second.</summary>
/// <param name="burst">How many at once.</param>
/// <param name="perSecond">How many each second.</param>
/// <param name="time">The clock.</param>
internal sealed class FrameBudget(int burst, int perSecond, TimeProvider time)
{
    private double _left = burst;
    private long _filled = time.GetTimestamp();

    /// <summary>Takes one.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryTake()
    {
        if (_left < 1)
        {
            // The clock is read only when the burst is used up, as it never is by most.
            _left = Math.Min(burst, _left + (time.GetElapsedTime(_filled).TotalSeconds * perSecond));
            _filled = time.GetTimestamp();
        }

        return --_left >= 0;
    }
}
