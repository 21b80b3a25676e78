using IronProxy.Plan;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Limits;

/// <summary>
/// The memory that whole bodies may take, all together. What is going to be held is reserved before it is allocated, and given back when its
/// request is over.
/// </summary>
/// <param name="limit">The limit in bytes.</param>
/// <param name="metrics">What counts.</param>
public sealed class BufferedBodies(long limit, ProxyMetrics metrics)
{
    /// <summary>Reserves memory.</summary>
    /// <returns>False when there is no room: then nothing is reserved.</returns>
    public bool TryReserve(long bytes)
    {
        if (metrics.HoldBody(bytes) > limit && Checks.On(Check.BufferedBodies))
        {
            metrics.HoldBody(-bytes);
            metrics.Reached(Limit.BufferedBodyBytes);
            return false;
        }

        return true;
    }

    /// <summary>Gives memory back.</summary>
    public void Release(long bytes) => metrics.HoldBody(-bytes);
}
