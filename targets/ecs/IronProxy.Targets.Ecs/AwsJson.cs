using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IronProxy.Targets.Ecs;

/// <summary>JSON as the aws command prints it, so that what it shows can be compared with the files.</summary>
internal static class AwsJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 4, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Print(JsonNode node) => node.ToJsonString(Indented) + "\n";
}
