using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using IronProxy.Cli.Explaining;

namespace IronProxy.Cli.Commands.Explain;

/// <summary>Prints an explanation for programs: one JSON object. Members are only ever added.</summary>
internal static class ExplanationJson
{
    // The writer goes to a terminal or a file, never into HTML.
    private static readonly ExplanationJsonContext Context = new(
        new JsonSerializerOptions(ExplanationJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void Print(Explanation explanation, TextWriter writer) =>
        writer.WriteLine(JsonSerializer.Serialize(explanation, Context.Explanation));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(Explanation))]
internal sealed partial class ExplanationJsonContext : JsonSerializerContext;
