using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Validate;

/// <summary><c>ironc validate</c>.</summary>
internal static class ValidateCommand
{
    public static Command Create(CliConsole console)
    {
        var files = FileArgument.Many("The proxy.yaml files to check, or patterns such as \"policies/**/*.yaml\"; - is standard input");
        var format = FormatOption.Format(DiagnosticFormat.Names);
        var json = FormatOption.Json();
        var strict = new Option<bool>("--strict") { Description = "Let warnings give exit status 1 as well" };
        var settings = SettingsFile.Option();
        var command = new Command("validate", "Checks proxy.yaml files and reports every mistake.") { files, format, json, strict, settings };
        command.WithExamples(
            "ironc validate proxy.yaml",
            "ironc validate --strict staging/proxy.yaml production/proxy.yaml",
            "ironc validate --settings ironc.strict.yaml proxy.yaml",
            "ironc validate --json - < proxy.yaml",
            "ironc validate --format sarif proxy.yaml > ironc.sarif");
        command.SetAction(arguments => new ValidateHandler(console).Run(
            arguments.GetRequiredValue(files),
            FormatOption.Wanted(arguments, format, json),
            arguments.GetValue(strict),
            new SettingsFile(console, arguments.GetValue(settings))));
        return command;
    }
}
