using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler;
using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Validate;

/// <summary>Checks files, each for itself, and reports on all of them before it answers.</summary>
internal sealed class ValidateHandler(CliConsole console)
{
    public int Run(IReadOnlyList<string> paths, string format, bool strict, SettingsFile settingsFile)
    {
        var printer = DiagnosticFormat.Printer(format, console, strict);
        var forPeople = format == FormatOption.Text;
        var reports = new List<FileReport>();
        var failed = false;
        foreach (var path in paths)
        {
            try
            {
                var source = new SourceText(path, InputFile.ReadPolicy(path, console));
                var (settings, mistakes) = settingsFile.For(path);
                if (mistakes.Length > 0)
                {
                    reports.Add(new FileReport(mistakes[0].Source.Path, mistakes));
                    Print(reports[^1]);
                }

                // Without settings that can be used the policy is still worth checking.
                var result = ProxyCompiler.Compile(source, MachineEnvironment.Create(console), settings ?? AnalysisSettings.Default);
                reports.Add(new FileReport(path, result.Diagnostics));
                failed |= !result.Passes(strict) || settings is null;
                Print(reports[^1]);
                if (forPeople)
                {
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

        void Print(FileReport report)
        {
            if (forPeople)
            {
                printer.Print([report]);
            }
        }
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
