using System.Text.Json;

namespace IronProxy.Runtime.LanguageModels;

/// <summary>What an answer says that it is billed with.</summary>
internal static class ModelUsage
{
    /// <summary>Reads a number of tokens; null when nothing is said of them.</summary>
    public static long? Read(JsonElement answer, string name) =>
        answer.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object
        && usage.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out var tokens) && tokens >= 0
            ? tokens
            : null;
}
