using System.Diagnostics;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler;
using IronProxy.Diagnostics;

namespace IronProxy.Cli.Inputs;

/// <summary>The formats in which findings can be printed.</summary>
internal static class DiagnosticFormat
{
    /// <summary>Their names, as <c>--format</c> takes them.</summary>
    public static readonly string[] Names = [FormatOption.Text, FormatOption.JsonName, "sarif", "github", "junit"];

    /// <summary>The printer of a format. Text is for people and goes to standard error, all else is a result.</summary>
    public static IDiagnosticPrinter Printer(string name, CliConsole console, bool strict) => name switch
    {
        FormatOption.Text => new TextDiagnosticPrinter(console.Error, console.ErrorHasColor, console.ErrorWidth),
        FormatOption.JsonName => new JsonDiagnosticPrinter(console.Out),
        "sarif" => new SarifDiagnosticPrinter(console.Out, ProxyCompiler.Version),
        "github" => new GitHubDiagnosticPrinter(console.Out),
        "junit" => new JUnitDiagnosticPrinter(console.Out, strict),
        _ => throw new UnreachableException($"The command line was validated, and {name} is no format."),
    };
}
