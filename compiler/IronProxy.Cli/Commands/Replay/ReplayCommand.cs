using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Replay;

/// <summary><c>ironc replay</c>.</summary>
internal static class ReplayCommand
{
    /// <summary>Exit status 1 when any answer changes.</summary>
    public const string OnAny = "any";

    /// <summary>Exit status 1 when something that got through no longer does.</summary>
    public const string OnDenied = "denied";

    /// <summary>Exit status 1 when something gets through that policy said no to.</summary>
    public const string OnAllowed = "allowed";

    /// <summary>Exit status 0, whatever changes.</summary>
    public const string OnNever = "never";

    public static Command Create(CliConsole console)
    {
        var files = FileArgument.Many("Audit logs of iron-proxy, or patterns such as \"logs/**/*.jsonl\"; - is standard input");
        var against = new Option<string>("--against")
        {
            Description = "The policy to ask: a proxy.yaml, a compiled plan, or git:REVISION:PATH",
            HelpName = "NEW",
            Required = true,
        };
        PlanArgument.Check(against);
        var failOn = new Option<string>("--fail-on")
        {
            Description = "Give exit status 1 when something that got through is denied, when something is allowed that was not, or on any difference",
            HelpName = $"{OnAny}|{OnDenied}|{OnAllowed}|{OnNever}",
            DefaultValueFactory = _ => OnNever,
        };
        failOn.AcceptOnlyFromAmong(OnAny, OnDenied, OnAllowed, OnNever);
        var format = FormatOption.Format();
        var json = FormatOption.Json();
        var command = new Command("replay", "Says which recorded requests a policy would decide otherwise.") { files, against, failOn, format, json };
        command.WithExamples(
            "ironc replay audit.jsonl --against proxy.yaml",
            "ironc replay --against git:HEAD:proxy.yaml --fail-on denied audit.1.jsonl audit.jsonl",
            "ironc replay - --against proxy.yaml --json < audit.jsonl");
        command.Validators.Add(result =>
        {
            if (result.GetResult(against)?.Tokens is [{ Value: "-" }] && result.GetResult(files)?.Tokens.Any(t => t.Value == "-") == true)
            {
                result.AddError("Only one of the logs and --against can be standard input");
            }
        });
        command.SetAction(arguments => new ReplayHandler(console).Run(
            arguments.GetRequiredValue(files),
            arguments.GetRequiredValue(against),
            arguments.GetRequiredValue(failOn),
            FormatOption.WantsJson(arguments, format, json)));
        return command;
    }
}
