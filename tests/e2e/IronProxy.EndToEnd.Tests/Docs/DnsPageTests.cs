using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Docs;

/// <summary>docs/reference/dns.md and schema/dns-audit.schema.json speak of the same members.</summary>
public sealed class DnsPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.Path("docs", "reference", "dns.md"));

    [Fact]
    public void The_page_explains_every_member_and_every_answer_of_the_schema()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Repository.Path("schema", "dns-audit.schema.json")));
        var line = schema.RootElement.GetProperty("properties");
        var question = line.GetProperty("dns").GetProperty("properties");
        var answers = question.GetProperty("answer").GetProperty("enum").EnumerateArray().Select(a => a.GetString());
        Assert.All(
            [.. line.EnumerateObject().Select(m => m.Name), .. question.EnumerateObject().Select(m => m.Name), .. answers],
            m => Assert.Contains($"| `{m}` |", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_s_samples_fit_the_schema_and_what_is_none_does_not()
    {
        var samples = Page.Split('\n').Where(l => l.StartsWith("{\"time\"", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, samples.Length);
        Assert.All(samples, s => Assert.Empty(DnsLine.Validate(s)));
        Assert.NotEmpty(DnsLine.Validate(samples[0].Replace("\"own\"", "\"perhaps\"", StringComparison.Ordinal)));
        Assert.NotEmpty(DnsLine.Validate(samples[0].Replace("\"transport\"", "\"over\"", StringComparison.Ordinal)));
    }
}
