using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using IronProxy.Cli.Explaining;
using IronProxy.Cli.Inputs;

namespace IronProxy.Cli.Commands.Explain;

/// <summary>Prints an explanation for programs: one JSON object. Members are only ever added.</summary>
internal static class ExplanationJson
{
    // The writer goes to a terminal or a file, never into HTML.
    private static readonly ExplanationJsonContext Context = new(
        new JsonSerializerOptions(ExplanationJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void Print(Explanation explanation, PlanSource source, TextWriter writer) =>
        writer.WriteLine(JsonSerializer.Serialize(explanation with { Sources = Sources(explanation, source) }, Context.Explanation));

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

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(Explanation))]
internal sealed partial class ExplanationJsonContext : JsonSerializerContext;
