using NJsonSchema;

namespace IronProxy.EndToEnd.Tests.Proxies;

/// <summary>One line about a DNS question, held against schema/dns-audit.schema.json.</summary>
internal static class DnsLine
{
    private static readonly Lazy<JsonSchema> Schema = new(() =>
        JsonSchema.FromJsonAsync(File.ReadAllText(Repository.Path("schema", "dns-audit.schema.json"))).GetAwaiter().GetResult());

    /// <summary>What is wrong with a line, if anything.</summary>
    public static IReadOnlyList<string> Validate(string line)
    {
        lock (Schema)
        {
            return [.. Schema.Value.Validate(line).Select(e => $"{e.Path}: {e.Kind} in {line}")];
        }
    }
}
