using System.CommandLine;
using IronProxy.Cli.Terminal;
using IronProxy.Diagnostics;

namespace IronProxy.Cli;

/// <summary>Says what is wrong with a command line.</summary>
internal static class UsageErrors
{
    public static void Print(ParseResult result, CliConsole console)
    {
        var command = result.CommandResult.Command;
        var errors = result.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal).ToList();
        var commandIsMissing = errors.RemoveAll(e => e.StartsWith("Required command", StringComparison.Ordinal)) > 0;
        if (result.UnmatchedTokens.Count > 0)
        {
            // The unknown word is the cause.
            commandIsMissing = false;
        }
        else if (commandIsMissing)
        {
            errors.Add("a command is missing");
        }

        foreach (var error in errors)
        {
            console.Error.WriteLine($"ironc: {error.TrimEnd('.')}");
        }

        if (commandIsMissing)
        {
            console.Error.WriteLine();
            result.RootCommandResult.Command.Parse($"{Path(command)} --help").Invoke(new InvocationConfiguration { Output = console.Error, Error = console.Error });
            return;
        }

        var names = command.Subcommands.Select(c => c.Name).Concat(command.Options.Select(o => o.Name)).ToArray();
        if (result.UnmatchedTokens.Count > 0 && Suggestions.Nearest(result.UnmatchedTokens[0], names) is { } near)
        {
            console.Error.WriteLine($"  did you mean '{near}'?");
        }

        console.Error.WriteLine($"  'ironc{Path(command)} --help' shows how to use it");
    }

    private static string Path(Command command) =>
        command is RootCommand ? "" : Path(command.Parents.OfType<Command>().First()) + " " + command.Name;
}
