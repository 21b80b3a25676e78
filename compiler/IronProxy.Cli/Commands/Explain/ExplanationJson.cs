using IronProxy.Cli.Inputs;
using IronProxy.Pipeline.Explaining;

namespace IronProxy.Cli.Commands.Explain;

/// <summary>Prints an explanation for programs, with the lines of proxy.yaml that it names.</summary>
internal static class ExplanationJson
{
    public static void Print(Explanation explanation, PlanSource source, TextWriter writer) =>
        writer.WriteLine(ExplanationWriter.Write(explanation with { Sources = Sources(explanation, source) }));

    private static SortedDictionary<string, SourceEntry>? Sources(Explanation explanation, PlanSource source)
    {
        if (source.Yaml is null)
        {
            return null;
        }

        var entries = explanation.MatchedRules().Concat(explanation.MissedRules()).Distinct()
            .Select(at => (at, Entry: source.EntryAt(at)))
            .Where(e => e.Entry is not null)
            .ToDictionary(e => e.at.ToString(), e => e.Entry!, StringComparer.Ordinal); // Those without were left out.
        return new SortedDictionary<string, SourceEntry>(entries, StringComparer.Ordinal);
    }
}
