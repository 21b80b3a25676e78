using System.CommandLine;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Version;

/// <summary><c>ironc version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new Command("version", "Shows the versions of ironc, of .NET and of the plan format.");
        command.WithExamples("ironc version");
        command.SetAction(_ => new VersionHandler(console).Run());
        return command;
    }
}
