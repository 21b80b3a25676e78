using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using IronProxy.Pipeline.Explaining;
using IronProxy.Plan;

namespace IronProxy.Cli.Commands.Prove;

/// <summary>Prints what came of a claim, for programs: one JSON object. Members are only ever added.</summary>
internal static class ClaimJson
{
    // The writer goes to a terminal or a file, never into HTML.
    private static readonly ClaimJsonContext Context = new(
        new JsonSerializerOptions(ClaimJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void Print(ProxyPlan plan, Claim claim, TextWriter writer)
    {
        var proof = claim.Proof;
        var answer = proof.IsProven ? "proven" : proof.Counterexample is null ? "undecided" : "refuted";
        var counterexample = proof.Counterexample is { } c
            ? new CounterexampleReport(c.Method, c.Url, c.Client, [.. claim.Files.Select(f => ExplainLine.For(f, c, claim.Header))])
            : null;
        writer.WriteLine(JsonSerializer.Serialize(
            new ClaimReport(PlanIdentity.Of(plan), claim.Text, answer, counterexample, proof.Undecided, proof.NotConsidered),
            Context.ClaimReport));
    }
}

/// <summary>The whole report.</summary>
internal sealed record ClaimReport(
    PlanIdentity Plan,
    string Claim,
    string Answer,
    CounterexampleReport? Counterexample,
    ImmutableArray<string> Undecided,
    ImmutableArray<string> NotConsidered);

/// <summary>A request that refutes the claim, and the client that it comes from: null for somebody who is not known.</summary>
internal sealed record CounterexampleReport(string Method, string Url, string? Client, ImmutableArray<string> Explain);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(ClaimReport))]
internal sealed partial class ClaimJsonContext : JsonSerializerContext;
