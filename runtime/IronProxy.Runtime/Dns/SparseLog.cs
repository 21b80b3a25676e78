namespace IronProxy.Runtime.Dns;

/// <summary>Lets a warning through once in a while: how often there is reason for it is for clients to decide.</summary>
internal sealed class SparseLog(TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long? _last;

    /// <summary>Whether it is time to say it again.</summary>
    public bool IsDue()
    {
        lock (_lock)
        {
            if (_last is { } last && time.GetElapsedTime(last) < Pause)
            {
                return false;
            }

            _last = time.GetTimestamp();
            return true;
        }
    }
}
