using System.Text.Json;
using NJsonSchema;

namespace IronProxy.EndToEnd.Tests.Proxies;

/// <summary>One line of the audit log, read and held against schema/audit.schema.json.</summary>
internal static class AuditLine
{
    private static readonly Lazy<JsonSchema> Schema = new(() =>
        JsonSchema.FromJsonAsync(File.ReadAllText(Repository.Path("schema", "audit.schema.json"))).GetAwaiter().GetResult());

    /// <summary>The record, or null for a log line of another kind.</summary>
    public static JsonElement? TryRead(string line)
    {
        if (!line.StartsWith('{'))
        {
            return null;
        }

        using var json = JsonDocument.Parse(line);
        return json.RootElement.TryGetProperty("audit", out _) ? json.RootElement.Clone() : null;
    }

    /// <summary>What is wrong with a line, if anything.</summary>
    public static IReadOnlyList<string> Validate(string line)
    {
        lock (Schema)
        {
            return [.. Schema.Value.Validate(line).Select(e => $"{e.Path}: {e.Kind} in {line}")];
        }
    }
}
