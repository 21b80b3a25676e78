using System.CommandLine;
using System.Diagnostics;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Analysis.Spaces.Proofs;

namespace IronProxy.Cli.Commands.Prove;

/// <summary><c>ironc prove</c>.</summary>
internal static class ProveCommand
{
    private const string PatternHelp = "[METHODS ][SCHEME://]HOST[:PORT][/PATH]; host and path are patterns as in rules";

    public static Command Create(CliConsole console)
    {
        var file = PlanArgument.Create("FILE", "A proxy.yaml, a compiled plan, or git:REVISION:PATH; - is standard input");
        var format = FormatOption.Format();
        var json = FormatOption.Json();
        var client = new Option<string>("--client") { Description = "Claim it of the requests of one client alone. Without it of anybody's, known or not", HelpName = "NAME", Recursive = true };
        format.Recursive = true;
        json.Recursive = true;
        var command = new Command("prove", "Proves a claim about a policy, or shows a request that refutes it.") { file, client, format, json };
        command.WithExamples(
            "ironc prove proxy.yaml never-allows \"DELETE api.github.com\"",
            "ironc prove proxy.yaml only-allows \"GET *.github.com\" \"https://pypi.org/simple/*\"",
            "ironc prove proxy.yaml implies git:main:proxy.yaml",
            "ironc prove proxy.yaml never-allows api.github.com --client agent-7",
            "ironc prove proxy.yaml never-sends GITHUB_TOKEN \"http://*\" --json");

        var allows = Patterns("What must not get through: " + PatternHelp);
        Add("never-allows", "No request of the patterns gets through.", [allows], (arguments, prover) => prover.NeverAllows(Read(arguments, allows)),
            "ironc prove proxy.yaml never-allows \"POST,PUT *.example.com/admin/*\"");

        var only = Patterns("What may get through: " + PatternHelp);
        Add("only-allows", "No request gets through that is in none of the patterns.", [only], (arguments, prover) => prover.OnlyAllows(Read(arguments, only)),
            "ironc prove proxy.yaml only-allows \"GET pypi.org\" \"GET *.pythonhosted.org\"");

        var other = PlanArgument.Create("OTHER", "The wider policy, in the same forms as FILE");
        Add("implies", "Whatever this policy lets through, another one does as well.", [other], (arguments, prover) => prover.Implies(arguments.GetRequiredValue(other)),
            "ironc prove proxy.yaml implies company-wide.yaml");

        var secret = new Argument<string>("SECRET") { Description = "The secret's name, as explain shows it" };
        var hosts = Patterns("Where it must not go: " + PatternHelp);
        Add("never-sends", "A secret never travels in a request of the patterns.", [secret, hosts], (arguments, prover) => prover.NeverSends(arguments.GetRequiredValue(secret), Read(arguments, hosts)),
            "ironc prove proxy.yaml never-sends GITHUB_TOKEN \"*.example.com\"");
        return command;

        void Add(string name, string description, Argument[] claimArguments, Func<ParseResult, ClaimProver, Claim?> prove, string example)
        {
            var claim = new Command(name, description);
            Array.ForEach(claimArguments, claim.Arguments.Add);
            claim.WithExamples(example);
            claim.SetAction(arguments => new ProveHandler(console).Run(
                arguments.GetRequiredValue(file),
                arguments.GetValue(client),
                prover => prove(arguments, prover),
                FormatOption.WantsJson(arguments, format, json)));
            command.Subcommands.Add(claim);
        }
    }

    private static Argument<string[]> Patterns(string description)
    {
        var patterns = new Argument<string[]>("PATTERN") { Description = description, Arity = ArgumentArity.OneOrMore };
        patterns.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (!RequestPattern.TryParse(token.Value, out _, out var mistake))
                {
                    result.AddError($"'{token.Value}': {mistake}");
                }
            }
        });
        return patterns;
    }

    private static RequestPattern[] Read(ParseResult arguments, Argument<string[]> patterns) =>
    [
        .. arguments.GetRequiredValue(patterns).Select(text => RequestPattern.TryParse(text, out var pattern, out _)
            ? pattern
            : throw new UnreachableException("The command line was validated.")),
    ];
}
