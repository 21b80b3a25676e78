using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Schema;
using IronProxy.Plan;
using IronProxy.Testing;

namespace IronProxy.Compiler.Tests.Schema;

/// <summary>The checked-in schemas are what the records say.</summary>
public class SchemaFileTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void The_schema_of_proxy_yaml_is_generated_from_the_config_records() =>
        Verify("proxy.schema.json", new ProxySchemaGenerator(Docs(typeof(ProxyCompiler).Assembly)).Generate());

    [Fact]
    public void The_schema_of_policy_tests_is_generated_from_the_config_records() =>
        Verify("policy-test.schema.json", new ProxySchemaGenerator(Docs(typeof(ProxyCompiler).Assembly)).GeneratePolicyTests());

    [Fact]
    public void The_schema_of_settings_is_generated_from_the_config_records() =>
        Verify("settings.schema.json", new ProxySchemaGenerator(Docs(typeof(ProxyCompiler).Assembly)).GenerateSettings());

    [Fact]
    public void The_schema_of_plans_is_generated_from_the_plan_records() =>
        Verify("plan.schema.json", new PlanSchemaGenerator(Docs(typeof(ProxyPlan).Assembly)).Generate());

    [Fact]
    public void Every_key_is_described()
    {
        var docs = Docs(typeof(ProxyCompiler).Assembly);
        var records = typeof(ProxyCompiler).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ConfigRecord))).ToArray();
        Assert.True(records.Length > 10);
        Assert.All(records, r => Assert.False(string.IsNullOrEmpty(docs.Of(r)), r.Name));
        Assert.All(records.SelectMany(r => ConfigShape.Of(r).Keys), k => Assert.False(string.IsNullOrEmpty(docs.Of(k.Property)), k.Name));
    }

    private static XmlDocs Docs(Assembly assembly) => new(XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")));

    private static void Verify(string file, JsonNode schema) =>
        ApprovedFile.Verify(RepositoryRoot.Combine("schema", file), schema.ToJsonString(Indented) + "\n");
}
