using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Validate;

/// <summary>Checks files, each for itself, and reports on all of them before it answers.</summary>
internal sealed class ValidateHandler(CliConsole console)
{
    public int Run(IReadOnlyList<string> paths, bool json, bool strict)
    {
        var findings = new List<Diagnostic>();
        var failed = false;
        foreach (var path in paths)
        {
            try
            {
                var result = ProxyCompiler.Compile(new SourceText(path, InputFile.Read(path, console)), MachineEnvironment.Create(console));
                findings.AddRange(result.Diagnostics);
                failed |= !result.Passes(strict);
                if (!json)
                {
                    Report(path, result, strict);
                }
            }
            catch (CliException e)
            {
                // The other files are still worth checking.
                console.Error.WriteLine($"ironc: {e.Message}");
                failed = true;
            }
        }

        if (json)
        {
            new JsonDiagnosticPrinter(console.Out).Print(findings);
        }

        return failed ? ExitCode.Findings : ExitCode.Ok;
    }

    private void Report(string path, CompilationResult result, bool strict)
    {
        new TextDiagnosticPrinter(console.Error, console.ErrorHasColor).Print(result.Diagnostics);
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
