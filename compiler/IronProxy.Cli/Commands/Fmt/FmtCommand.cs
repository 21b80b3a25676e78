using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Fmt;

/// <summary><c>ironc fmt</c>.</summary>
internal static class FmtCommand
{
    public static Command Create(CliConsole console)
    {
        var files = FileArgument.Many("The proxy.yaml files to format, or patterns such as \"policies/**/*.yaml\"; - reads standard input and writes standard output");
        var check = new Option<bool>("--check") { Description = "Change nothing: list the files that would change, and answer with exit status 1 if there are any" };
        var command = new Command("fmt", "Brings proxy.yaml files into their canonical layout. Comments stay, and so does the policy.") { files, check };
        command.WithExamples(
            "ironc fmt proxy.yaml",
            "ironc fmt --check staging/proxy.yaml production/proxy.yaml",
            "ironc fmt - < proxy.yaml");
        command.SetAction(arguments => new FmtHandler(console).Run(
            arguments.GetRequiredValue(files),
            arguments.GetValue(check)));
        return command;
    }
}
