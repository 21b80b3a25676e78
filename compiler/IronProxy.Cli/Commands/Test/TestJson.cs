using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IronProxy.Cli.Commands.Test;

/// <summary>Prints the results of tests for programs: one JSON array with an object a file. Members are only ever added.</summary>
internal static class TestJson
{
    // The writer goes to a terminal or a file, never into HTML.
    private static readonly TestJsonContext Context = new(
        new JsonSerializerOptions(TestJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void Print(IReadOnlyList<TestFileRun> runs, TextWriter writer) =>
        writer.WriteLine(JsonSerializer.Serialize(runs, Context.IReadOnlyListTestFileRun));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(IReadOnlyList<TestFileRun>))]
internal sealed partial class TestJsonContext : JsonSerializerContext;
