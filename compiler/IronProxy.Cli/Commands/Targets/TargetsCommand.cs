using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Targets;

/// <summary><c>ironc targets</c>.</summary>
internal static class TargetsCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string?>("NAME") { Description = "The target to show with its options; without one, all are listed", Arity = ArgumentArity.ZeroOrOne };
        var json = FormatOption.Json();
        var command = new Command("targets", "Lists what 'ironc deploy' can generate, and what keeps a workload inside.") { name, json };
        command.WithExamples("ironc targets", "ironc targets baremetal", "ironc targets --json");
        command.SetAction(arguments => new TargetsHandler(console).Run(arguments.GetValue(name), arguments.GetValue(json)));
        return command;
    }
}
