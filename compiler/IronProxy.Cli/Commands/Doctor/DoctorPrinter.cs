using System.Collections.Immutable;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>Prints results for people: a line an attempt, then what to do about those that are not fine.</summary>
internal sealed class DoctorPrinter(TextWriter writer, Paint paint)
{
    private static readonly ProbeResult[] Order = [ProbeResult.Closed, ProbeResult.Works, ProbeResult.Note, ProbeResult.Skipped, ProbeResult.Broken, ProbeResult.Hole];

    public void Print(Workload workload, ImmutableArray<AttemptResult> results)
    {
        writer.WriteLine($"proxy     {(workload.Proxy is { } proxy ? $"{proxy}" : workload.Invented is [var address, ..] ? $"{address}, where every name leads" : "none that is known")}");
        writer.WriteLine($"resolver  {(workload.Resolvers.Count > 0 ? string.Join(", ", workload.Resolvers) : "none")}");
        if (workload.Plugin is { } plugin)
        {
            writer.WriteLine($"plugin    {plugin}, by the look of this pod's routes");
        }

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
            writer.WriteLine($"  {(remedy.Key.Verdict == ProbeResult.Hole ? "to close it" : "to mend it")}: {remedy.Key.Remedy}");
        }

        var counts = Order.Select(v => (Verdict: v, Count: results.Count(r => r.Outcome.Verdict == v))).Where(c => c.Count > 0);
        writer.WriteLine();
        writer.WriteLine($"{results.Length} attempts: {string.Join(", ", counts.Select(c => $"{c.Count} {Counted(c.Verdict, c.Count)}"))}");
    }

    internal static string Name(ProbeResult verdict) => verdict == ProbeResult.Hole ? "HOLE" : verdict.ToString().ToLowerInvariant();

    private static string Counted(ProbeResult verdict, int count) => verdict switch
    {
        ProbeResult.Works => count == 1 ? "works" : "work",
        ProbeResult.Hole => count == 1 ? "hole" : "holes",
        ProbeResult.Note => count == 1 ? "note" : "notes",
        _ => Name(verdict),
    };

    private string Painted(ProbeResult verdict, string text) => verdict switch
    {
        ProbeResult.Closed or ProbeResult.Works => paint.Good(text),
        ProbeResult.Hole or ProbeResult.Broken => paint.Bad(text),
        ProbeResult.Note => paint.Note(text),
        _ => paint.Dim(text),
    };
}
