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
    public int Run(string path, string? output, bool strict, SettingsFile settingsFile)
    {
        var source = new SourceText(path, InputFile.ReadPolicy(path, console));
        var (settings, mistakes) = settingsFile.For(path);
        var printer = new TextDiagnosticPrinter(console.Error, console.ErrorHasColor);
        printer.Print(mistakes);
        if (settings is null)
        {
            console.Error.WriteLine($"{mistakes[0].Source.Path}: {DiagnosticCounts.Of(mistakes)}, no plan was written");
            return ExitCode.Findings;
        }

        // The plan is for any machine, so this one is not looked at.
        var result = ProxyCompiler.Compile(source, settings: settings);
        printer.Print(result.Diagnostics);
        if (!result.Passes(strict))
        {
            console.Error.WriteLine($"{path}: {DiagnosticCounts.Of(result.Diagnostics)}, no plan was written");
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
}
