using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Report;

/// <summary><c>ironc report</c>.</summary>
internal static class ReportCommand
{
    public const string Markdown = "markdown";

    public static Command Create(CliConsole console)
    {
        var files = FileArgument.Many("Audit logs of iron-proxy, or patterns such as \"logs/**/*.jsonl\"; - is standard input");
        var policy = new Option<string>("--policy")
        {
            Description = "The policy that decided, to show its lines: a proxy.yaml, a compiled plan, or git:REVISION:PATH",
            HelpName = "POLICY",
        };
        PlanArgument.Check(policy);
        var paths = new Option<bool>("--paths") { Description = "List the requests to each host, too" };
        var format = FormatOption.Format(FormatOption.Text, FormatOption.JsonName, Markdown);
        var json = FormatOption.Json();
        var command = new Command("report", "Sums audit logs up: which hosts were asked, what was allowed and denied, and by which lines.") { files, policy, paths, format, json };
        command.WithExamples(
            "ironc report audit.jsonl",
            "ironc report audit.jsonl --policy proxy.yaml --paths",
            "ironc report audit.jsonl --policy proxy.yaml --format markdown >> \"$GITHUB_STEP_SUMMARY\"");
        command.Validators.Add(result =>
        {
            if (result.GetResult(policy)?.Tokens is [{ Value: "-" }] && result.GetResult(files)?.Tokens.Any(t => t.Value == "-") == true)
            {
                result.AddError("Only one of the logs and --policy can be standard input");
            }
        });
        command.SetAction(arguments => new ReportHandler(console).Run(
            arguments.GetRequiredValue(files),
            arguments.GetValue(policy),
            arguments.GetValue(paths),
            FormatOption.Wanted(arguments, format, json)));
        return command;
    }
}
