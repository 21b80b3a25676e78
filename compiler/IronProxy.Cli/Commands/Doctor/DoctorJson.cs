using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>Prints results for programs: one JSON object. Members are only ever added.</summary>
internal static class DoctorJson
{
    // The writer goes to a terminal or a file, never into HTML.
    private static readonly DoctorJsonContext Context = new(
        new JsonSerializerOptions(DoctorJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void Print(Workload workload, ImmutableArray<AttemptResult> results, TextWriter writer) =>
        writer.WriteLine(JsonSerializer.Serialize(
            new DoctorReport(
                workload.Proxy?.ToString(),
                [.. workload.Invented.Select(a => a.ToString())],
                [.. workload.Resolvers.Select(r => r.ToString())],
                workload.Plugin,
                results.Count(r => r.Outcome.Verdict == ProbeResult.Hole),
                results.Count(r => r.Outcome.Verdict == ProbeResult.Broken),
                [.. results.Select(r => new AttemptReport(r.Check, r.Target, r.Outcome.Verdict.ToString().ToLowerInvariant(), r.Outcome.Detail, r.Outcome.Remedy))]),
            Context.DoctorReport));
}

/// <summary>The whole report.</summary>
internal sealed record DoctorReport(
    string? Proxy,
    ImmutableArray<string> EveryNameLeadsTo,
    ImmutableArray<string> Resolvers,
    string? Plugin,
    int Holes,
    int Broken,
    ImmutableArray<AttemptReport> Attempts);

/// <summary>One attempt.</summary>
internal sealed record AttemptReport(string Check, string Target, string Verdict, string Detail, string? Remedy);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJsonContext : JsonSerializerContext;
