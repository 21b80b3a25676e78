using IronProxy.Diagnostics;

namespace IronProxy.Cli.Commands.Test;

/// <summary>Prints the results of tests as JUnit XML: a suite a file.</summary>
internal static class TestJUnit
{
    public static void Print(IEnumerable<TestFileRun> runs, TextWriter writer) => JUnitWriter.Write(writer, [.. runs.Select(Suite)]);

    private static JUnitSuite Suite(TestFileRun run) => new(run.Path, run.Problem is { } problem
        ? [new JUnitCase("can be run", JUnitOutcome.Broken, "unreadable", problem)]
        : [.. run.Tests.Select(t => Case(run, t))]);

    private static JUnitCase Case(TestFileRun run, TestOutcome test) => test.Passed
        ? new JUnitCase(test.Name, JUnitOutcome.Passed)
        : new JUnitCase(
            test.Name,
            JUnitOutcome.Failed,
            "expectation",
            test.Failures[0].Message,
            string.Join('\n', test.Failures.Select(f => $"{run.Path}:{f.Line}:{f.Column}: {f.Message}").Prepend(test.Request)));
}
