using System.Text;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Formatting;
using IronProxy.Diagnostics;

namespace IronProxy.Cli.Commands.Fmt;

/// <summary>Formats files, each for itself. One that is invalid stays as it is.</summary>
internal sealed class FmtHandler(CliConsole console)
{
    public int Run(IReadOnlyList<string> paths, bool check)
    {
        var failed = false;
        foreach (var path in paths)
        {
            try
            {
                failed |= !Format(path, check);
            }
            catch (CliException e)
            {
                // The other files are still worth formatting.
                console.Error.WriteLine($"ironc: {e.Message}");
                failed = true;
            }
        }

        return failed ? ExitCode.Findings : ExitCode.Ok;
    }

    /// <summary>Whether the file is in its canonical layout now.</summary>
    private bool Format(string path, bool check)
    {
        var before = InputFile.ReadPolicy(path, console);
        var result = ProxyFormatter.Format(new SourceText(path, before));
        new TextDiagnosticPrinter(console.Error, console.ErrorHasColor, console.ErrorWidth).Print(result.Diagnostics);
        if (result.Text is not { } after)
        {
            console.Error.WriteLine($"{path}: {DiagnosticCounts.Of(result.Diagnostics)}, so it stays as it is");
            return false;
        }

        var changes = after != before;
        if (check)
        {
            if (changes)
            {
                console.Out.WriteLine(path);
            }

            return !changes;
        }

        if (path == "-")
        {
            console.Out.Write(after);
        }
        else if (changes)
        {
            OutputFile.Replace(path, Encoding.UTF8.GetBytes(after));
            console.Error.WriteLine($"{path}: formatted");
        }

        return true;
    }
}
