using System.Collections.Immutable;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>Prints results for people: a line an attempt, then what to do about those that are not fine.</summary>
internal sealed class DoctorPrinter(TextWriter writer, Paint paint)
{
    private static readonly Verdict[] Order = [Verdict.Closed, Verdict.Works, Verdict.Note, Verdict.Skipped, Verdict.Broken, Verdict.Hole];

    public void Print(Workload workload, ImmutableArray<AttemptResult> results)
    {
        writer.WriteLine($"proxy     {(workload.Proxy is { } proxy ? $"{proxy}" : workload.Invented is [var address, ..] ? $"{address}, where every name leads" : "none that is known")}");
        writer.WriteLine($"resolver  {(workload.Resolvers.Count > 0 ? string.Join(", ", workload.Resolvers) : "none")}");
        writer.WriteLine();

        var checkWidth = results.Max(r => r.Check.Length);
        var targetWidth = Math.Min(50, results.Max(r => r.Target.Length));
        foreach (var result in results)
        {
            var verdict = Name(result.Outcome.Verdict);
            writer.WriteLine(
                $"{Painted(result.Outcome.Verdict, verdict)}{new string(' ', 8 - verdict.Length)} "
                + $"{result.Check.PadRight(checkWidth)}  {result.Target.PadRight(targetWidth)}  {result.Outcome.Detail}");
        }

        foreach (var remedy in results.Where(r => r.Outcome.Remedy is not null).GroupBy(r => (r.Check, r.Outcome.Verdict, r.Outcome.Remedy)))
        {
            writer.WriteLine();
            writer.WriteLine($"{Painted(remedy.Key.Verdict, Name(remedy.Key.Verdict))} {remedy.Key.Check}: {string.Join(", ", remedy.Select(r => r.Target))}");
            writer.WriteLine($"  {(remedy.Key.Verdict == Verdict.Hole ? "to close it" : "to mend it")}: {remedy.Key.Remedy}");
        }

        var counts = Order.Select(v => (Verdict: v, Count: results.Count(r => r.Outcome.Verdict == v))).Where(c => c.Count > 0);
        writer.WriteLine();
        writer.WriteLine($"{results.Length} attempts: {string.Join(", ", counts.Select(c => $"{c.Count} {Counted(c.Verdict, c.Count)}"))}");
    }

    internal static string Name(Verdict verdict) => verdict == Verdict.Hole ? "HOLE" : verdict.ToString().ToLowerInvariant();

    private static string Counted(Verdict verdict, int count) => verdict switch
    {
        Verdict.Works => count == 1 ? "works" : "work",
        Verdict.Hole => count == 1 ? "hole" : "holes",
        Verdict.Note => count == 1 ? "note" : "notes",
        _ => Name(verdict),
    };

    private string Painted(Verdict verdict, string text) => verdict switch
    {
        Verdict.Closed or Verdict.Works => paint.Good(text),
        Verdict.Hole or Verdict.Broken => paint.Bad(text),
        Verdict.Note => paint.Note(text),
        _ => paint.Dim(text),
    };
}
