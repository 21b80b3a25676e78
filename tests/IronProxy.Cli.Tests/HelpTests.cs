using System.CommandLine;
using System.Text.RegularExpressions;
using IronProxy.Cli.Commands.Deploy;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Tests;

public class HelpTests
{
    public static TheoryData<string> Commands => [.. All(Root(), "").Select(c => c.Path)];

    /// <summary>Those that do something by themselves.</summary>
    public static TheoryData<string> Runnable => [.. All(Root(), "").Where(c => c.Command.Action is not null && c.Path.Length > 0).Select(c => c.Path)];

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
    public async Task Options_in_the_examples_of_deploy_are_those_of_the_target()
    {
        var help = (await CliRun.Of("deploy", "--help")).Out;
        var set = Regex.Matches(help, @"(?m)^  ironc deploy .*--target (\S+) .*--set (\w+)=").Select(m => (Target: m.Groups[1].Value, Option: m.Groups[2].Value)).ToArray();

        Assert.NotEmpty(set);
        Assert.All(set, s => Assert.Contains(DeploymentTargets.Get(s.Target).Options, o => o.Name == s.Option));
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

    [Fact]
    public void Arguments_of_every_command_are_named_in_capitals() =>
        Assert.All(All(Root(), "").SelectMany(c => c.Command.Arguments), a => Assert.Equal(a.Name.ToUpperInvariant(), a.Name));

    private static RootCommand Root() => IroncCommand.Create(new CliConsole
    {
        Out = TextWriter.Null,
        Error = TextWriter.Null,
        OpenInput = () => Stream.Null,
    });

    private static IEnumerable<(string Path, Command Command)> All(Command command, string path) =>
        command.Subcommands.SelectMany(c => All(c, $"{path} {c.Name}".Trim())).Prepend((path, command));
}
