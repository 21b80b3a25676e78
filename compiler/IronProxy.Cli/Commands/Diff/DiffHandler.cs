using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Compiler.Analysis.Spaces.Differences;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Diff;

/// <summary>Compares two policies.</summary>
internal sealed class DiffHandler(CliConsole console)
{
    public int Run(string oldPath, string newPath, string? failOn, bool json)
    {
        // Both are read before either is given up, so that one run reports the mistakes of both.
        var oldPlan = PolicyFile.TryOpen(oldPath, console, "there is nothing to compare");
        var newPlan = PolicyFile.TryOpen(newPath, console, "there is nothing to compare");
        if (oldPlan is not { } old || newPlan is not { } @new)
        {
            return ExitCode.Findings;
        }

        PlanDifference difference;
        try
        {
            difference = PlanComparer.Compare(old, @new);
        }
        catch (Exception e) when (e is PlanException or AnalysisLimitException)
        {
            throw new CliException($"{oldPath} and {newPath} cannot be compared: {e.Message}", e);
        }

        if (json)
        {
            DifferenceJson.Print(old, @new, difference, console.Out);
        }
        else
        {
            new DifferencePrinter(console.Out, new Paint(console.OutHasColor)).Print(difference);
            Note(old, @new, difference);
        }

        var fails = failOn switch
        {
            DiffCommand.OnWidening => difference.Widens || !difference.Undecided.IsEmpty,
            DiffCommand.OnAny => !difference.IsEmpty || !difference.Undecided.IsEmpty,
            _ => false,
        };
        return fails ? ExitCode.Findings : ExitCode.Ok;
    }

    private void Note(ProxyPlan old, ProxyPlan @new, PlanDifference difference)
    {
        foreach (var hosts in difference.Undecided)
        {
            console.Error.WriteLine($"ironc: not compared: {hosts}");
        }

        if (difference.IsEmpty && old.PolicyHash != @new.PolicyHash)
        {
            console.Error.WriteLine("ironc: the files differ in ways that let through and send the same, or in settings that diff does not compare (see docs/cli.md)");
        }
    }
}
