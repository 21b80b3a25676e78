using System.CommandLine;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Schema;

/// <summary><c>ironc schema</c>.</summary>
internal static class SchemaCommand
{
    public static Command Create(CliConsole console)
    {
        var what = new Argument<string>("OF")
        {
            Description = "Which files the schema is for: proxy (proxy.yaml), test (the files of 'ironc test') or settings (ironc.yaml)",
            DefaultValueFactory = _ => "proxy",
        };
        what.AcceptOnlyFromAmong("proxy", "test", "settings");
        var command = new Command("schema", "Prints the JSON schema with which editors complete and check proxy.yaml.") { what };
        command.WithExamples(
            "ironc schema > proxy.schema.json",
            "ironc schema test > policy-test.schema.json",
            "ironc schema settings > settings.schema.json");
        command.SetAction(arguments => new SchemaHandler(console).Run(arguments.GetRequiredValue(what)));
        return command;
    }
}
