namespace IronProxy.Runtime.Upstream;

/// <summary>
/// How many connections to upstreams there may be, whichever policy opened them: one that passes TLS through outlives its policy, and descriptors are the process's.
/// </summary>
/// <param name="limit">The most at one time.</param>
internal sealed class UpstreamPermits(int limit)
{
    private int _taken;

    /// <summary>Takes one.</summary>
    /// <returns>Null when there are none left.</returns>
    public UpstreamPermit? TryTake()
    {
        for (var taken = Volatile.Read(ref _taken); taken < limit;)
        {
            var seen = Interlocked.CompareExchange(ref _taken, taken + 1, taken);
            if (seen == taken)
            {
                return new UpstreamPermit(() => Interlocked.Decrement(ref _taken));
            }

            taken = seen;
        }

        return null;
    }
}
