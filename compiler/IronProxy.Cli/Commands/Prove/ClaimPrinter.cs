using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Prove;

/// <summary>Prints what came of a claim, for people.</summary>
internal sealed class ClaimPrinter(TextWriter writer, Paint paint)
{
    public void Print(Claim claim)
    {
        var proof = claim.Proof;
        if (proof.Counterexample is { } counterexample)
        {
            writer.WriteLine($"{paint.Bad("refuted")}: {claim.Text}");
            writer.WriteLine($"  {claim.Refuted}: {counterexample}{(counterexample.Client is { } client ? $" by {client}" : "")}");
            foreach (var file in claim.Files)
            {
                writer.WriteLine($"  {paint.Dim(ExplainLine.For(file, counterexample, claim.Header))}");
            }
        }
        else
        {
            writer.WriteLine($"{(proof.IsProven ? paint.Good("proven") : paint.Note("not decided"))}: {claim.Text}");
        }

        foreach (var hosts in proof.Undecided)
        {
            writer.WriteLine($"  nothing is said about {hosts}");
        }

        if (!proof.NotConsidered.IsEmpty)
        {
            writer.WriteLine($"  not considered, as it could only deny more: {string.Join(", ", proof.NotConsidered)}");
        }
    }
}
