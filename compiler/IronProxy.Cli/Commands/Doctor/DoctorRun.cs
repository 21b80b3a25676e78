using System.Collections.Immutable;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>Runs the battery: everything side by side within bounds, results in the order of the list.</summary>
internal static class DoctorRun
{
    /// <summary>Most attempts wait for an answer that never comes, so many can wait at once.</summary>
    private const int Concurrency = 64;

    /// <summary>The whole run may take this many times as long as a step. What has not ended by then has no verdict.</summary>
    private const int Steps = 7;

    public static async Task<ImmutableArray<AttemptResult>> RunAsync(IEnumerable<IDoctorCheck> checks, Workload workload, CancellationToken cancellation)
    {
        using var gate = new SemaphoreSlim(Concurrency);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(workload.Settings.Timeout * Steps);
        var running = checks.SelectMany(check => check.Attempts(workload), (check, attempt) => RunAsync(check.Id, attempt)).ToArray();
        return [.. await Task.WhenAll(running)];

        async Task<AttemptResult> RunAsync(string check, Attempt attempt)
        {
            try
            {
                await gate.WaitAsync(limit.Token);
                try
                {
                    return new AttemptResult(check, attempt.Target, await attempt.TryAsync(limit.Token));
                }
                finally
                {
                    gate.Release();
                }
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return new AttemptResult(check, attempt.Target, Outcome.Broken("no verdict: the run took too long", "try again with a longer --timeout, or fewer --probe"));
            }
        }
    }
}
