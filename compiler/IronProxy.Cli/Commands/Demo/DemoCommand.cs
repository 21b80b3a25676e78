using System.CommandLine;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Demo;

/// <summary><c>ironc demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create(CliConsole console)
    {
        var proxy = new Option<string>("--proxy")
        {
            Description = "The iron-proxy to run; the one beside ironc without it",
            HelpName = "PATH",
        };
        var command = new Command("demo", "Runs the quickstart on this machine: a real iron-proxy, a local upstream, five requests. Needs no root and no network.")
        {
            proxy,
        };
        command.WithExamples("ironc demo", "ironc demo --proxy /opt/iron-proxy/iron-proxy");
        command.SetAction((arguments, cancellation) => new DemoHandler(console).RunAsync(arguments.GetValue(proxy), cancellation));
        return command;
    }
}
