using System.Text;
using System.Text.Json.Nodes;
using IronProxy.Diagnostics;
using IronProxy.Plan.Serialization;
using IronProxy.Testing;
using NJsonSchema;

namespace IronProxy.Compiler.Tests.Schema;

/// <summary>Plans are what the published schema says: a library that knows only the schema finds nothing in those that the compiler writes.</summary>
public class PlanSchemaTests
{
    private static readonly Lazy<Task<JsonSchema>> Schema = new(() => JsonSchema.FromFileAsync(RepositoryRoot.Combine("schema", "plan.schema.json")));

    public static TheoryData<string> Cases => CorpusTests.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_plan_has_the_structure_of_its_schema(string name)
    {
        if (Plan(await File.ReadAllTextAsync(RepositoryRoot.Combine("tests", "corpus", name, "proxy.yaml"))) is { } plan)
        {
            Assert.Empty(await FindAsync(plan));
        }
    }

    [Fact]
    public async Task What_no_plan_has_is_found()
    {
        var plan = JsonNode.Parse(Plan(await File.ReadAllTextAsync(RepositoryRoot.Combine("samples", "quickstart", "proxy.yaml")))!)!.AsObject(); // The sample compiles.
        Assert.Empty(await FindAsync(plan.ToJsonString()));
        var (step, host) = (plan["steps"]![0]!.AsObject(), plan["listeners"]!["http"]!.AsObject()); // It has an allowlist and a listener.

        await AssertFoundAsync(() => plan["colour"] = "red", () => plan.Remove("colour"));
        await AssertFoundAsync(() => step["colour"] = "red", () => step.Remove("colour"));
        await AssertFoundAsync(() => host["port"] = "8080", () => host["port"] = 8080);
        await AssertFoundAsync(() => plan.Remove("fileHash"), () => plan["fileHash"] = "sha256:");
        Assert.Empty(await FindAsync(plan.ToJsonString()));

        async Task AssertFoundAsync(Action damage, Action repair)
        {
            damage();
            Assert.NotEmpty(await FindAsync(plan.ToJsonString()));
            repair();
        }
    }

    private static string? Plan(string text) =>
        ProxyCompiler.Compile(new SourceText("proxy.yaml", text)).Plan is { } plan ? Encoding.UTF8.GetString(PlanSerializer.Write(plan)) : null;

    private static async Task<string[]> FindAsync(string plan) => [.. (await Schema.Value).Validate(plan).Select(e => e.ToString())];
}
