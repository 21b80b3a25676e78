using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Learning;

namespace IronProxy.Cli.Commands.Learn;

/// <summary><c>ironc learn</c>.</summary>
internal static class LearnCommand
{
    private const string Host = "host";
    private const string Method = "method";
    private const string Path = "path";

    public static Command Create(CliConsole console)
    {
        var files = FileArgument.Many("Audit logs of iron-proxy, or patterns such as \"logs/**/*.jsonl\"; - is standard input");
        var granularity = new Option<string>("--granularity")
        {
            Description = "Allow hosts; hosts and methods; or hosts, methods and paths",
            HelpName = $"{Host}|{Method}|{Path}",
            DefaultValueFactory = _ => Path,
        };
        granularity.AcceptOnlyFromAmong(Host, Method, Path);
        var into = new Option<string>("--base") { Description = "A proxy.yaml whose allowlist is replaced by what was learned; all else stays", HelpName = "FILE" };
        var output = new Option<string>("--out", "-o") { Description = "Write to a file instead of standard output", HelpName = "FILE" };
        var command = new Command("learn", "Makes an allowlist of the requests that got through, such as those of warn mode.") { files, granularity, into, output };
        command.WithExamples(
            "ironc learn audit.jsonl --out learned.yaml",
            "ironc learn audit.jsonl --base proxy.yaml --out learned.yaml",
            "ironc learn - --granularity host < audit.jsonl");
        command.Validators.Add(result =>
        {
            if (result.GetResult(into)?.Tokens is [{ Value: "-" }] && result.GetResult(files)?.Tokens.Any(t => t.Value == "-") == true)
            {
                result.AddError("Only one of the logs and --base can be standard input");
            }
        });
        command.SetAction(arguments => new LearnHandler(console).Run(
            arguments.GetRequiredValue(files),
            arguments.GetRequiredValue(granularity) switch
            {
                Host => LearningGranularity.Host,
                Method => LearningGranularity.Method,
                _ => LearningGranularity.Path,
            },
            arguments.GetValue(into),
            arguments.GetValue(output)));
        return command;
    }
}
