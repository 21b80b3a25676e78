using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Validate;

/// <summary>Checks files, each for itself, and reports on all of them before it answers.</summary>
internal sealed class ValidateHandler(CliConsole console)
{
    public int Run(IReadOnlyList<string> paths, string format, bool strict)
    {
        var printer = DiagnosticFormat.Printer(format, console, strict);
        var forPeople = format == FormatOption.Text;
        var reports = new List<FileReport>();
        var failed = false;
        foreach (var path in paths)
        {
            try
            {
                var result = ProxyCompiler.Compile(new SourceText(path, InputFile.Read(path, console)), MachineEnvironment.Create(console));
                reports.Add(new FileReport(path, result.Diagnostics));
                failed |= !result.Passes(strict);
                if (forPeople)
                {
                    printer.Print([reports[^1]]);
                    Conclude(path, result, strict);
                }
            }
            catch (CliException e)
            {
                // The other files are still worth checking.
                console.Error.WriteLine($"ironc: {e.Message}");
                reports.Add(new FileReport(path, [], e.Message));
                failed = true;
            }
        }

        if (!forPeople)
        {
            printer.Print(reports);
        }

        return failed ? ExitCode.Findings : ExitCode.Ok;
    }

    private void Conclude(string path, CompilationResult result, bool strict)
    {
        if (result.Passes(strict))
        {
            console.Out.WriteLine($"{path}: ok ({Summary(result.Plan!)})"); // A compilation that passes has a plan.
        }
        else
        {
            console.Error.WriteLine($"{path}: {DiagnosticCounts.Of(result.Diagnostics)}");
        }
    }

    private static string Summary(ProxyPlan plan)
    {
        var rules = plan.Matching.Rules.Sum(set => set.Items.Length);
        return $"policy {plan.PolicyHash}, {rules} {(rules == 1 ? "rule" : "rules")}";
    }
}
