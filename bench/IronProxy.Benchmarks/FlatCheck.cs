using System.Diagnostics;

namespace IronProxy.Benchmarks;

/// <summary>
/// Measures all sizes in one run, in turns, so that whatever else the machine does meets all of them alike; the best round
/// of each counts.
/// </summary>
internal static class FlatCheck
{
    private const double MaxRatio = 3;
    private const int WarmUpRounds = 60;
    private const int Rounds = 60;

    private static readonly int[] Sizes = [10, 10_000, 1_000_000];

    /// <summary>Prints what was measured. The exit code is 0 when the cost is flat and nothing is allocated, else 1.</summary>
    public static int Run(TextWriter output)
    {
        var workloads = Sizes.Select(size => new MatcherWorkload(size)).ToArray();
        GC.Collect();
        for (var round = 0; round < WarmUpRounds; round++)
        {
            foreach (var workload in workloads)
            {
                workload.DecideAll();
            }
        }

        var best = new TimeSpan[Sizes.Length];
        var allocated = new long[Sizes.Length];
        Array.Fill(best, TimeSpan.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < Sizes.Length; i++)
            {
                var bytes = GC.GetAllocatedBytesForCurrentThread();
                var start = Stopwatch.GetTimestamp();
                workloads[i].DecideAll();
                var elapsed = Stopwatch.GetElapsedTime(start);
                allocated[i] += GC.GetAllocatedBytesForCurrentThread() - bytes;
                best[i] = elapsed < best[i] ? elapsed : best[i];
            }
        }

        for (var i = 0; i < Sizes.Length; i++)
        {
            output.WriteLine($"{Sizes[i],9:N0} patterns: {best[i].TotalNanoseconds / MatcherWorkload.Probes,7:F1} ns a decision, {allocated[i]} bytes allocated");
        }

        var ratio = best.Max() / best.Min();
        var passed = ratio <= MaxRatio && allocated.All(bytes => bytes == 0);
        output.WriteLine($"slowest to fastest: {ratio:F2}, at most {MaxRatio:F1}: {(passed ? "passed" : "FAILED")}");
        return passed ? 0 : 1;
    }
}
