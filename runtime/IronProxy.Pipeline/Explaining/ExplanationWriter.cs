using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IronProxy.Pipeline.Explaining;

/// <summary>Writes explanations for programs: one JSON object. Members are only ever added.</summary>
public static class ExplanationWriter
{
    // The text goes to a terminal, a file or a program, never into HTML.
    private static readonly ExplanationJsonContext Context = new(
        new JsonSerializerOptions(ExplanationJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The object, without a line break at its end.</summary>
    public static string Write(Explanation explanation) => JsonSerializer.Serialize(explanation, Context.Explanation);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(Explanation))]
internal sealed partial class ExplanationJsonContext : JsonSerializerContext;
