using System.CommandLine;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Merging;

namespace IronProxy.Cli.Commands.MergeRules;

/// <summary><c>ironc merge-rules</c>.</summary>
internal static class MergeRulesCommand
{
    public static Command Create(CliConsole console)
    {
        var policy = new Argument<string>("POLICY") { Description = "The proxy.yaml, with one allowlist; - is standard input" };
        var rules = FileArgument.Many("Files of egress rules: domains, cidrs and rules as an allowlist has them");
        var warn = new Option<string>("--warn") { Description = "Record violations of the allowlist instead of blocking them; without it the policy's own setting stays", HelpName = "true|false" };
        warn.AcceptOnlyFromAmong("true", "false");
        var resolver = new Option<string>("--upstream-resolver") { Description = "Where the proxy asks for addresses, such as 8.8.8.8:53", HelpName = "ADDRESS" };
        var output = new Option<string>("--out", "-o") { Description = "Write to a file instead of standard output", HelpName = "FILE" };
        var command = new Command("merge-rules", "Adds files of egress rules to the allowlist of a policy.") { policy, rules, warn, resolver, output };
        command.WithExamples(
            "ironc merge-rules proxy.yaml egress-rules.yaml -o merged.yaml",
            "ironc merge-rules proxy.yaml egress-rules.yaml --warn true --upstream-resolver 8.8.8.8:53");
        command.Validators.Add(result =>
        {
            if (result.Tokens.Concat(result.Children.SelectMany(c => c.Tokens)).Count(t => t.Value == "-") > 1)
            {
                result.AddError("Only one of the policy and the rules can be standard input");
            }
        });
        command.SetAction(arguments => new MergeRulesHandler(console).Run(
            arguments.GetRequiredValue(policy),
            arguments.GetRequiredValue(rules),
            new MergeSettings(arguments.GetValue(warn) is { } text ? text == "true" : null, arguments.GetValue(resolver)),
            arguments.GetValue(output)));
        return command;
    }
}
