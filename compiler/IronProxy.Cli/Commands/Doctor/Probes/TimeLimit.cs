namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>A limit for one step of an attempt.</summary>
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
