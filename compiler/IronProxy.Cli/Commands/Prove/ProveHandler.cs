using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Prove;

/// <summary>Answers whether a claim about a policy holds.</summary>
internal sealed class ProveHandler(CliConsole console)
{
    public int Run(string path, string? client, Func<ClaimProver, Claim?> prove, bool json)
    {
        if (PolicyFile.TryOpen(path, console, "there is nothing to prove") is not { } plan)
        {
            return ExitCode.Findings;
        }

        if (client is not null)
        {
            ClientArgument.Require(plan, client, path);
        }

        Claim? claim;
        try
        {
            claim = prove(new ClaimProver(path, plan, client, console));
        }
        catch (Exception e) when (e is PlanException or AnalysisLimitException)
        {
            throw new CliException($"{path}: nothing can be proven: {e.Message}", e);
        }

        if (claim is null)
        {
            return ExitCode.Findings;
        }

        if (json)
        {
            ClaimJson.Print(plan, claim, console.Out);
        }
        else
        {
            new ClaimPrinter(console.Out, new Paint(console.OutHasColor)).Print(claim);
        }

        return claim.Proof.IsProven ? ExitCode.Ok : ExitCode.Findings;
    }
}
