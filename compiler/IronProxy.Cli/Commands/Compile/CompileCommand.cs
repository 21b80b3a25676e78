using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Compile;

/// <summary><c>ironc compile</c>.</summary>
internal static class CompileCommand
{
    public static Command Create(CliConsole console)
    {
        var file = FileArgument.One("The proxy.yaml to compile; - is standard input");
        var output = new Option<string>("--output", "-o") { Description = "Where to write the plan; standard output without it", HelpName = "FILE" };
        var strict = new Option<bool>("--strict") { Description = "Write no plan when there are warnings" };
        var json = new Option<bool>("--json") { Description = "Print what is found on standard error as one JSON array" };
        var settings = SettingsFile.Option();
        var command = new Command("compile", "Compiles a proxy.yaml into a plan. The same file gives the same bytes on any machine.")
        {
            file, output, strict, json, settings,
        };
        command.WithExamples(
            "ironc compile proxy.yaml -o proxy.plan.json",
            "ironc compile --strict proxy.yaml > proxy.plan.json",
            "ironc compile --json proxy.yaml -o proxy.plan.json",
            "iron-proxy -plan proxy.plan.json");
        command.SetAction(arguments => new CompileHandler(console).Run(
            arguments.GetRequiredValue(file),
            arguments.GetValue(output),
            arguments.GetValue(strict),
            arguments.GetValue(json),
            new SettingsFile(console, arguments.GetValue(settings))));
        return command;
    }
}
