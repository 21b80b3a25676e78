using System.CommandLine;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Tests;

public class HelpTests
{
    public static TheoryData<string> Commands => [.. All(Root(), "").Select(c => c.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_of_every_command_ends_in_examples(string path)
    {
        var run = await CliRun.Of([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(0, run.Exit);
        Assert.Empty(run.Error);
        var examples = run.Out[run.Out.IndexOf("Examples:\n", StringComparison.Ordinal)..].TrimEnd().Split('\n')[1..];
        Assert.NotEmpty(examples);
        Assert.All(examples, line => Assert.Matches("^  iron(c|-proxy) ", line));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Examples_of_ironc_are_command_lines_that_ironc_understands(string path)
    {
        var run = await CliRun.Of([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        var examples = run.Out[run.Out.IndexOf("Examples:\n", StringComparison.Ordinal)..].Split('\n')
            .Where(line => line.StartsWith("  ironc ", StringComparison.Ordinal));
        foreach (var example in examples)
        {
            // What a shell takes for itself.
            var line = example.Split('>', '<')[0].Trim()["ironc ".Length..];
            Assert.Empty(Root().Parse(System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line).ToArray()).Errors);
        }
    }

    [Fact]
    public void Every_command_option_and_argument_is_described()
    {
        foreach (var (path, command) in All(Root(), ""))
        {
            Assert.False(string.IsNullOrEmpty(command.Description), path);
            Assert.All(command.Options, o => Assert.False(string.IsNullOrEmpty(o.Description), $"{path} {o.Name}"));
            Assert.All(command.Arguments, a => Assert.False(string.IsNullOrEmpty(a.Description), $"{path} {a.Name}"));
        }
    }

    private static RootCommand Root() => IroncCommand.Create(new CliConsole
    {
        Out = TextWriter.Null,
        Error = TextWriter.Null,
        OpenInput = () => Stream.Null,
    });

    private static IEnumerable<(string Path, Command Command)> All(Command command, string path) =>
        command.Subcommands.SelectMany(c => All(c, $"{path} {c.Name}".Trim())).Prepend((path, command));
}
