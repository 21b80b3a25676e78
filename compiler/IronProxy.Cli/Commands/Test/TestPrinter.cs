using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Test;

/// <summary>Prints the results of tests for people.</summary>
internal sealed class TestPrinter(TextWriter writer, Paint paint)
{
    private const int MaxNameWidth = 60;

    public void Print(IReadOnlyCollection<TestFileRun> runs)
    {
        foreach (var run in runs.Where(r => r.Problem is null))
        {
            Print(run);
        }

        var tests = runs.Sum(r => r.Tests.Length);
        var failed = runs.Sum(r => r.Failed);
        var broken = runs.Count(r => r.Problem is not null);
        var summary = $"{tests} {(tests == 1 ? "test" : "tests")}: {tests - failed} passed, {failed} failed";
        writer.WriteLine(broken == 0 ? summary : $"{summary}; {broken} {(broken == 1 ? "file" : "files")} could not be run");
    }

    private void Print(TestFileRun run)
    {
        writer.WriteLine(paint.Bold($"{run.Path} ({run.Policy})"));
        var width = Math.Min(MaxNameWidth, run.Tests.Select(t => t.Name.Length).DefaultIfEmpty().Max());
        foreach (var test in run.Tests)
        {
            var mark = test.Passed ? paint.Good("ok  ") : paint.Bad("FAIL");
            writer.WriteLine($"  {mark}  {test.Name.PadRight(width)}  {test.Verdict,-5}  {test.Request}");
            foreach (var failure in test.Failures)
            {
                writer.WriteLine($"        {run.Path}:{failure.Line}:{failure.Column}: {failure.Message}");
            }
        }

        if (run.Coverage is { } coverage)
        {
            Print(run, coverage);
        }

        writer.WriteLine();
    }

    private void Print(TestFileRun run, CoverageReport coverage)
    {
        var touched = coverage.Rules - coverage.Untouched.Length;
        writer.WriteLine($"  {touched} of {coverage.Rules} {(coverage.Rules == 1 ? "rule is" : "rules are")} touched{(coverage.Untouched.IsEmpty ? "" : "; no test touches")}");
        foreach (var rule in coverage.Untouched)
        {
            writer.WriteLine($"    {run.Policy}:{rule.At}{(rule.Place is null ? "" : $" {rule.Place}")}{(rule.Text is null ? "" : paint.Dim($"  {rule.Text}"))}");
        }
    }
}
