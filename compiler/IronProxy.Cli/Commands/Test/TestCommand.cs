using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Test;

/// <summary><c>ironc test</c>.</summary>
internal static class TestCommand
{
    public static Command Create(CliConsole console)
    {
        var files = FileArgument.Many("Files of tests, or patterns such as \"policies/**/*.test.yaml\"; - is standard input");
        var coverage = new Option<bool>("--coverage") { Description = "List the rules of the policies that no test touches" };
        var format = FormatOption.Format(FormatOption.Text, FormatOption.JsonName, TestHandler.JUnit);
        var json = FormatOption.Json();
        var command = new Command("test", "Runs files that say what must become of given requests.") { files, coverage, format, json };
        command.WithExamples(
            "ironc test policy.test.yaml",
            "ironc test --coverage policy.test.yaml",
            "ironc test --format junit policy.test.yaml > results.xml");
        command.SetAction(arguments => new TestHandler(console).Run(
            arguments.GetRequiredValue(files),
            arguments.GetValue(coverage),
            FormatOption.Wanted(arguments, format, json)));
        return command;
    }
}
