using BenchmarkDotNet.Attributes;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Tests.Steps;
using IronProxy.Plan;

namespace IronProxy.Benchmarks;

/// <summary>What each transform adds to a request that an allowlist alone lets through: when its rules do not match, and when they do. Who is asked answers at once.</summary>
[MemoryDiagnoser]
public class StepBenchmark
{
    private StepPipeline? _alone;
    private StepPipeline? _passed;
    private StepPipeline? _applied;

    /// <summary>The transform.</summary>
    [ParamsSource(nameof(Steps))]
    public StepCase Step { get; set; } = StepCase.All[0];

    /// <summary>All of them.</summary>
    public static IEnumerable<StepCase> Steps => StepCase.All;

    [GlobalSetup]
    public void SetUp()
    {
        (_alone, _passed, _applied) = (Pipeline(StepCase.Alone()), Pipeline(Step.Policy(matches: false)), Pipeline(Step.Policy(matches: true)));

        static StepPipeline Pipeline(PlanPolicy policy) => new(policy, StepCase.StepsOf(policy), TimeProvider.System);
    }

    [Benchmark(Baseline = true)]
    public ValueTask<StepOutcome> Alone() => RunAsync(_alone!); // Set up before, as the others are.

    [Benchmark]
    public ValueTask<StepOutcome> Passed() => RunAsync(_passed!);

    [Benchmark]
    public ValueTask<StepOutcome> Applied() => RunAsync(_applied!);

    private ValueTask<StepOutcome> RunAsync(StepPipeline pipeline) => pipeline.RunAsync(Step.Request(pipeline.Policy));
}
