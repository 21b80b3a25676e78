using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Transforms;
using IronProxy.Diagnostics;
using IronProxy.Testing;
using Newtonsoft.Json.Linq;
using NJsonSchema;

namespace IronProxy.Compiler.Tests.Schema;

/// <summary>
/// An editor with the published schema and <c>ironc validate</c> must not contradict each other: a library that knows only the
/// schema finds something in a mapping exactly when the compiler does.
/// </summary>
public class SchemaAgreementTests
{
    /// <summary>What is wrong with the structure: unknown and missing keys, types, choices, ranges, items without a value.</summary>
    private static readonly string[] StructureCodes = ["IRON1001", "IRON1002", "IRON1003", "IRON1004", "IRON1005", "IRON1006", "IRON1011"];

    private static readonly Lazy<Task<JsonSchema>> Schema = new(() => JsonSchema.FromJsonAsync(SchemaFile.ProxyYaml));

    public static TheoryData<string> Cases => CorpusTests.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_published_schema_and_the_compiler_find_fault_with_the_same_mappings(string name)
    {
        var bag = new DiagnosticBag(new SourceText("proxy.yaml", await File.ReadAllTextAsync(RepositoryRoot.Combine("tests", "corpus", name, "proxy.yaml"))));
        if (YamlReader.Read(bag) is not { } tree || bag.HasErrors)
        {
            return; // What is no YAML has no structure.
        }

        await Agree(typeof(ProxyFileConfig), tree, bag.Source);
        if (new StructureValidator(bag).Bind<ProxyFileConfig>(tree) is { } file)
        {
            foreach (var transform in file.Transforms?.Items ?? [])
            {
                if (transform.Name is { } type && TransformRegistry.Find(type.Value) is { } kind)
                {
                    await Agree(kind.ConfigType, transform.EffectiveConfig, bag.Source);
                }
            }
        }
    }

    private static async Task Agree(Type type, YamlNode node, SourceText source)
    {
        var bag = new DiagnosticBag(source);
        new StructureValidator(bag).Bind(type, node);
        var ours = bag.ToSorted().Where(d => StructureCodes.Contains(d.Code)).Select(d => d.Message).ToArray();
        var definition = (await Schema.Value).Definitions[type.Name];
        var theirs = definition.Validate(JsonOf(node, definition)).Select(e => e.ToString()).ToArray();

        Assert.True(ours.Length > 0 == theirs.Length > 0, $"{type.Name}: the compiler says [{string.Join("; ", ours)}], the schema [{string.Join("; ", theirs)}]");
    }

    /// <summary>The tree as JSON, each value with the type that its place asks for, and without keys that have no value.</summary>
    private static JToken JsonOf(YamlNode node, JsonSchema? schema)
    {
        schema = schema?.ActualSchema;
        return node switch
        {
            { IsNull: true } => JValue.CreateNull(),
            YamlScalar scalar when schema?.Type == JsonObjectType.Boolean && ScalarRules.TryBoolean(scalar, out var boolean, out _) => new JValue(boolean),
            YamlScalar scalar when schema?.Type == JsonObjectType.Integer && ScalarRules.TryInteger(scalar, out var integer) => new JValue(integer),
            YamlScalar scalar => JValue.CreateString(scalar.Value),
            YamlSequence sequence => new JArray(sequence.Items.Select(i => JsonOf(i, schema?.Item))),
            YamlMapping mapping => new JObject(mapping.Entries
                .Select(e => (e.Key, e.Value, Property: schema is not null && schema.Properties.TryGetValue(e.Key.Value, out var p) ? p : null))
                .Where(e => !e.Value.IsNull || e.Property is null)
                .Select(e => new JProperty(e.Key.Value, JsonOf(e.Value, e.Property)))),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
