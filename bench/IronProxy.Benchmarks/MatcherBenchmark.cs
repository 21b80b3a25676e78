using BenchmarkDotNet.Attributes;

namespace IronProxy.Benchmarks;

/// <summary>One decision of policy, with the position of the rule that decided: it costs the same however long the list is.</summary>
[MemoryDiagnoser]
public class MatcherBenchmark
{
    private MatcherWorkload? _workload;

    /// <summary>How many host patterns the allowlist has.</summary>
    [Params(10, 10_000, 1_000_000)]
    public int Patterns { get; set; }

    [GlobalSetup]
    public void SetUp() => _workload = new MatcherWorkload(Patterns);

    [Benchmark(OperationsPerInvoke = MatcherWorkload.Probes)]
    public int Decide() => _workload!.DecideAll(); // Set up before.
}
