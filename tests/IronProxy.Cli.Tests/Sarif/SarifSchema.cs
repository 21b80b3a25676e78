using NJsonSchema;

namespace IronProxy.Cli.Tests.Sarif;

/// <summary>The official schema of SARIF 2.1.0.</summary>
internal static class SarifSchema
{
    /// <summary>What is wrong with a log; empty when nothing is.</summary>
    public static async Task<string[]> Check(string log)
    {
        await using var stream = typeof(SarifSchema).Assembly.GetManifestResourceStream("sarif-2.1.0.schema.json")!; // Embedded by the project.
        using var reader = new StreamReader(stream);
        var schema = await JsonSchema.FromJsonAsync(await reader.ReadToEndAsync());
        return [.. schema.Validate(log).Select(e => e.ToString())];
    }
}
