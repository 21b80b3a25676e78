using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.PolicyTests;
using IronProxy.Diagnostics;

namespace IronProxy.Cli.Commands.Test;

/// <summary>Runs files of tests, each against its policy, and reports on all of them before it answers.</summary>
internal sealed class TestHandler(CliConsole console)
{
    public const string JUnit = "junit";

    public int Run(IReadOnlyList<string> paths, bool coverage, string format)
    {
        var runs = new List<TestFileRun>();
        var broken = false;
        foreach (var path in paths)
        {
            try
            {
                if (Run(path, coverage) is { } run)
                {
                    runs.Add(run);
                    continue;
                }

                runs.Add(TestFileRun.Broken(path, "the file or its policy has errors"));
            }
            catch (CliException e)
            {
                // The other files are still worth running.
                console.Error.WriteLine($"ironc: {e.Message}");
                runs.Add(TestFileRun.Broken(path, e.Message));
            }

            broken = true;
        }

        Print(runs, format);
        return broken || runs.Any(r => r.Failed > 0) ? ExitCode.Findings : ExitCode.Ok;
    }

    private void Print(List<TestFileRun> runs, string format)
    {
        switch (format)
        {
            case FormatOption.JsonName:
                TestJson.Print(runs, console.Out);
                break;
            case JUnit:
                TestJUnit.Print(runs, console.Out);
                break;
            default:
                new TestPrinter(console.Out, new Paint(console.OutHasColor)).Print(runs);
                break;
        }
    }

    /// <summary>Null when the file or its policy has errors, which are printed.</summary>
    private TestFileRun? Run(string path, bool coverage)
    {
        var printer = new TextDiagnosticPrinter(console.Error, console.ErrorHasColor, console.ErrorWidth);
        var result = PolicyTestReader.Read(new SourceText(path, InputFile.Read(path, console)));
        printer.Print(result.Diagnostics);
        if (result.File is not { } file)
        {
            console.Error.WriteLine($"{path}: {DiagnosticCounts.Of(result.Diagnostics)}, so no test was run");
            return null;
        }

        PlanSource? source;
        try
        {
            source = PlanSource.TryOpen(PolicyPath(file), console, "no test was run");
        }
        catch (CliException e)
        {
            printer.Print([file.PolicyUnreadable(e.Message)]);
            return null;
        }

        return source is null ? null : new TestRunner(source).Run(file, coverage);
    }

    private static string PolicyPath(PolicyTestFile file)
    {
        var folder = file.Source.Path == "-" ? "" : Path.GetDirectoryName(file.Source.Path) ?? "";
        return Path.Combine(folder, file.Policy.Value);
    }
}
