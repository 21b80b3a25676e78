using IronProxy.Pipeline.Mcp;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests.Steps;

/// <summary>What a transform costs the requests that its rules do not match.</summary>
public sealed class UnmatchedRequestTests
{
    private const int Rounds = 100;

    public static TheoryData<string> Cases => [.. StepCase.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_request_that_rules_do_not_match_allocates_nothing(string name)
    {
        var step = StepCase.All.Single(c => c.Name == name);
        Assert.True(await AllocatedAsync(step, matches: true) > 0 || step.Name == "allowlist", "A request that is matched allocates nothing, so the test sees nothing.");
        Assert.Equal(0, await AllocatedAsync(step, matches: false));
    }

    [Fact]
    public void Every_transform_that_runs_has_a_case()
    {
        var cases = StepCase.All.Select(c => c.Policy(matches: true).Plan).SelectMany(p => p.Steps.Select(s => s.GetType())).ToHashSet();
        var known = typeof(StepPlan).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(StepPlan)) && !t.IsAbstract);

        Assert.Empty(known.Except(cases));
    }

    /// <summary>What one more request takes. The step runs on contexts that were made before, and the least of many counts: the compiler allocates, too.</summary>
    private static async Task<long> AllocatedAsync(StepCase test, bool matches)
    {
        var policy = test.Policy(matches);
        var step = StepCase.StepsOf(policy)[^1] as IRequestStep;
        var contexts = Enumerable.Range(0, Rounds).Select(_ => test.Request(policy)).ToArray();
        var least = long.MaxValue;
        foreach (var context in contexts)
        {
            context.Step = context.Record.AddStep(test.Name);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var running = policy.Mcp is not null ? McpInterceptor.RunAsync(context) : step!.RunAsync(context); // A case has a step or an MCP policy.
            if (running.IsCompletedSuccessfully)
            {
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            await running;
        }

        return least;
    }
}
