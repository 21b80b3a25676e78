using BenchmarkDotNet.Running;
using IronProxy.Benchmarks;

// "flat" is the quick check that a build can run; anything else goes to BenchmarkDotNet.
if (args is ["flat"])
{
    return FlatCheck.Run(Console.Out);
}

BenchmarkSwitcher.FromAssembly(typeof(MatcherBenchmark).Assembly).Run(args);
return 0;
