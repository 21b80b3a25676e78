using System.CommandLine;
using System.CommandLine.Invocation;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli;

/// <summary>Runs one command line and turns whatever happens into an exit status.</summary>
internal static class IroncApp
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliConsole console, CancellationToken cancellation = default)
    {
        // Response files would read a value that begins with @ as a file name; headers may well begin so.
        var result = IroncCommand.Create(console).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction)
        {
            UsageErrors.Print(result, console);
            return ExitCode.Usage;
        }

        try
        {
            return await result.InvokeAsync(
                new InvocationConfiguration { Output = console.Out, Error = console.Error, EnableDefaultExceptionHandler = false },
                cancellation);
        }
        catch (CliException e)
        {
            console.Error.WriteLine($"ironc: {e.Message}");
            return ExitCode.Findings;
        }
        catch (OutputGoneException)
        {
            return ExitCode.OutputGone;
        }
        catch (OperationCanceledException)
        {
            console.Error.WriteLine("ironc: interrupted");
            return ExitCode.Interrupted;
        }
#pragma warning disable CA1031 // The last line of defence: a fault of ours gets its own exit status and a way to report it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ReportFault(e, console);
            return ExitCode.Internal;
        }
    }

    private static void ReportFault(Exception fault, CliConsole console)
    {
        var input = console.LastInput is { } name ? $" in the work on {name}" : "";
        console.Error.WriteLine($"ironc: internal error{input}: {fault.GetType().Name}: {fault.Message.ReplaceLineEndings(" ")}");
        console.Error.WriteLine("  this is a fault of ironc: please report it with that file, the output of IRONC_DEBUG=1 and 'ironc version'");
        if (console.Environment("IRONC_DEBUG") == "1")
        {
            console.Error.WriteLine(fault);
        }
    }
}
