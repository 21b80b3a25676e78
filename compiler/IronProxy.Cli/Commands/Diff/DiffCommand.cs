using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Diff;

/// <summary><c>ironc diff</c>.</summary>
internal static class DiffCommand
{
    /// <summary>Exit status 1 when the new policy lets something happen that the old one does not.</summary>
    public const string OnWidening = "widening";

    /// <summary>Exit status 1 when anything differs.</summary>
    public const string OnAny = "any";

    public static Command Create(CliConsole console)
    {
        var old = PlanArgument.Create("OLD", "The old policy: a proxy.yaml, a compiled plan, or git:REVISION:PATH");
        var @new = PlanArgument.Create("NEW", "The new policy, in the same forms; - is standard input");
        var failOn = new Option<string>("--fail-on")
        {
            Description = "Give exit status 1 when the new policy allows more, or on any difference",
            HelpName = $"{OnWidening}|{OnAny}",
        };
        failOn.AcceptOnlyFromAmong(OnWidening, OnAny);
        var format = FormatOption.Format();
        var json = FormatOption.Json();
        var command = new Command("diff", "Says which requests and credentials a change of policy lets through or stops.") { old, @new, failOn, format, json };
        command.WithExamples(
            "ironc diff old.yaml proxy.yaml",
            "ironc diff git:main:proxy.yaml proxy.yaml --fail-on widening",
            "ironc diff git:v1.2.0:deploy/proxy.yaml git:HEAD:deploy/proxy.yaml --json");
        command.Validators.Add(result =>
        {
            if (result.GetResult(old)?.Tokens is [{ Value: "-" }] && result.GetResult(@new)?.Tokens is [{ Value: "-" }])
            {
                result.AddError("Only one of OLD and NEW can be standard input");
            }
        });
        command.SetAction(arguments => new DiffHandler(console).Run(
            arguments.GetRequiredValue(old),
            arguments.GetRequiredValue(@new),
            arguments.GetValue(failOn),
            FormatOption.WantsJson(arguments, format, json)));
        return command;
    }
}
