using System.CommandLine;
using System.CommandLine.Parsing;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Deploy;

/// <summary><c>ironc deploy</c>.</summary>
internal static class DeployCommand
{
    public static Command Create(CliConsole console)
    {
        var policy = PlanArgument.Create("POLICY", "The proxy.yaml, or a plan that 'ironc compile' wrote");
        var target = new Option<string>("--target", "-t") { Description = "Where it is to run; 'ironc targets' lists them", HelpName = "NAME", Required = true };
        var output = new Option<string?>("--output", "-o") { Description = "The folder to write [default: the target's name]", HelpName = "DIR" };
        var set = new Option<string[]>("--set") { Description = "An option of the target; can be given several times", HelpName = "NAME=VALUE" };
        var options = new Option<string?>("--options") { Description = "A file of such lines; --set wins over it", HelpName = "FILE" };
        var force = new Option<bool>("--force") { Description = "Also write over files that were changed by hand or are none of the deployment's" };
        var actions = new[]
        {
            new Option<bool>("--check") { Description = "Write nothing; exit with 1 when the folder differs from what would be written" },
            new Option<bool>("--preview") { Description = "Write, then let the target's own tool say what it would change" },
            new Option<bool>("--apply") { Description = "Write, then let the target's own tool make it so" },
            new Option<bool>("--destroy") { Description = "Let the target's own tool remove what was applied" },
        };
        set.Validators.Add(CheckSet);
        var command = new Command("deploy", "Writes a complete deployment of a policy: a folder to read, commit and run.") { policy, target, output, set, options, force };
        foreach (var action in actions)
        {
            command.Options.Add(action);
        }

        command.Validators.Add(result =>
        {
            if (actions.Count(a => result.GetValue(a)) > 1)
            {
                result.AddError("--check, --preview, --apply and --destroy exclude each other");
            }
        });
        command.WithExamples(
            "ironc deploy --target compose proxy.yaml",
            "ironc deploy --target baremetal proxy.yaml -o deploy/host --set workload_users=agent",
            "ironc deploy --target compose proxy.yaml -o deploy/compose --check");
        command.SetAction((arguments, cancellation) => new DeployHandler(console).RunAsync(
            new DeployArguments(
                arguments.GetRequiredValue(policy),
                arguments.GetRequiredValue(target),
                arguments.GetValue(output),
                arguments.GetValue(set) ?? [],
                arguments.GetValue(options),
                arguments.GetValue(force),
                actions.FirstOrDefault(arguments.GetValue)?.Name switch
                {
                    "--check" => DeployAction.Check,
                    "--preview" => DeployAction.Preview,
                    "--apply" => DeployAction.Apply,
                    "--destroy" => DeployAction.Destroy,
                    _ => DeployAction.Write,
                }),
            cancellation));
        return command;
    }

    private static void CheckSet(OptionResult result)
    {
        foreach (var token in result.Tokens.Where(t => t.Value.IndexOf('=', StringComparison.Ordinal) < 1))
        {
            result.AddError($"'{token.Value}' should be NAME=VALUE");
        }
    }
}
