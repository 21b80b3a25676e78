namespace IronProxy.Cli;

/// <summary>A limit for what may never end by itself.</summary>
internal static class TimeLimit
{
    /// <summary>Runs a step.</summary>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public static async Task<T> WithinAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> step, CancellationToken cancellation)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        source.CancelAfter(limit);
        try
        {
            return await step(source.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {limit.TotalSeconds:0.###} s", e);
        }
    }
}
