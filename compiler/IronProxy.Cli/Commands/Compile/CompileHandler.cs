using System.Text;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan.Serialization;

namespace IronProxy.Cli.Commands.Compile;

/// <summary>Compiles one file. Without a plan nothing is written, and a plan that exists stays as it is.</summary>
internal sealed class CompileHandler(CliConsole console)
{
    public int Run(string path, string? output, bool strict, bool json, SettingsFile settingsFile)
    {
        var source = new SourceText(path, InputFile.ReadPolicy(path, console));
        var (settings, mistakes) = settingsFile.For(path);
        if (settings is null)
        {
            Report(mistakes, json, $"{mistakes[0].Source.Path}: {DiagnosticCounts.Of(mistakes)}, no plan was written");
            return ExitCode.Findings;
        }

        // The plan is for any machine, so this one is not looked at.
        var result = ProxyCompiler.Compile(source, settings: settings);
        var passes = result.Passes(strict);
        Report([.. mistakes, .. result.Diagnostics], json, passes ? null : $"{path}: {DiagnosticCounts.Of(result.Diagnostics)}, no plan was written");
        if (!passes)
        {
            return ExitCode.Findings;
        }

        var plan = PlanSerializer.Write(result.Plan!); // A compilation that passes has one.
        if (output is null or "-")
        {
            console.Out.Write(Encoding.UTF8.GetString(plan));
        }
        else
        {
            OutputFile.Replace(output, plan);
        }

        return ExitCode.Ok;
    }

    /// <summary>Prints what was found. Programs get one array and nothing beside it.</summary>
    private void Report(IReadOnlyCollection<Diagnostic> diagnostics, bool json, string? conclusion)
    {
        if (json)
        {
            new JsonDiagnosticPrinter(console.Error).Print(diagnostics);
            return;
        }

        new TextDiagnosticPrinter(console.Error, console.ErrorHasColor).Print(diagnostics);
        if (conclusion is not null)
        {
            console.Error.WriteLine(conclusion);
        }
    }
}
