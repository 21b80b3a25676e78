using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Docs;

/// <summary>docs/reference/audit.md and schema/audit.schema.json speak of the same members.</summary>
public sealed class AuditPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.Path("docs", "reference", "audit.md"));

    [Fact]
    public void The_page_explains_every_member_of_the_schema()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Repository.Path("schema", "audit.schema.json")));
        var members = Members(schema.RootElement).Distinct(StringComparer.Ordinal);
        Assert.All(members, m => Assert.Contains($"| `{m}` |", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_s_samples_fit_the_schema()
    {
        var samples = Page.Split('\n').Where(l => l.StartsWith("{\"time\"", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(samples);
        Assert.All(samples, s => Assert.Empty(AuditLine.Validate(s)));
    }

    [Fact]
    public void The_schema_refuses_what_is_no_audit_line()
    {
        var sample = Page.Split('\n').First(l => l.StartsWith("{\"time\"", StringComparison.Ordinal));
        Assert.NotEmpty(AuditLine.Validate(sample.Replace("\"status_code\":", "\"status\":", StringComparison.Ordinal)));
        Assert.NotEmpty(AuditLine.Validate(sample.Replace("\"action\":\"allow\"", "\"action\":\"perhaps\"", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Members(JsonElement schema)
    {
        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject())
            {
                yield return property.Name;
                foreach (var inner in Members(property.Value))
                {
                    yield return inner;
                }
            }
        }

        if (schema.TryGetProperty("definitions", out var definitions))
        {
            foreach (var inner in definitions.EnumerateObject().SelectMany(d => Members(d.Value)))
            {
                yield return inner;
            }
        }
    }
}
