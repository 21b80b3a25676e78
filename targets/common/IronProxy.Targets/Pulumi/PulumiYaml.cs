using System.Collections.Immutable;
using IronProxy.Targets.Documents;
using IronProxy.Targets.Files;

namespace IronProxy.Targets.Pulumi;

/// <summary>Writes programs as Pulumi YAML (https://www.pulumi.com/docs/iac/languages-sdks/yaml/yaml-language-reference/).</summary>
internal static class PulumiYaml
{
    public const string ProjectFile = "Pulumi.yaml";

    public static ImmutableArray<DeploymentFile> Write(PulumiProgram program)
    {
        var document = Project(program, "yaml");
        document["resources"] = Map(program.Resources, r => (r.Name, Resource(r), r.Comment));
        if (program.Outputs.Count > 0)
        {
            document["outputs"] = Map(program.Outputs, o => (o.Name, Node(o.Value), ""));
        }

        return [DeploymentFile.OfText(ProjectFile, YamlPrinter.Print(document))];
    }

    /// <summary>The head of a project file, which programs in all languages have.</summary>
    public static YamlMap Project(PulumiProgram program, DocumentNode runtime) =>
        new() { ["name"] = program.Name, ["description"] = program.Description, ["runtime"] = runtime };

    private static YamlMap Map<T>(IEnumerable<T> items, Func<T, (string Key, DocumentNode Value, string Comment)> entry)
    {
        var map = new YamlMap();
        foreach (var (key, value, comment) in items.Select(entry))
        {
            map.Add(key, value, comment);
        }

        return map;
    }

    private static YamlMap Resource(PulumiResource resource)
    {
        var map = new YamlMap { ["type"] = resource.Token };
        if (resource.Properties.Any())
        {
            map["properties"] = Node(resource.Properties);
        }

        map["options"] = Options(resource);
        return map;
    }

    private static YamlMap Options(PulumiResource resource)
    {
        // Without a version, Pulumi takes the newest provider that it finds, whatever the program was made for.
        var map = new YamlMap { ["version"] = PulumiPackage.OfToken(resource.Token).Version };
        if (resource.DependsOn.Length > 0)
        {
            map["dependsOn"] = new YamlList(resource.DependsOn.Select(Node));
        }

        if (resource.IsKept)
        {
            map["retainOnDelete"] = true;
        }

        return map;
    }

    private static DocumentNode Node(PulumiValue value) => value switch
    {
        PulumiText text => Literal(text.Value),
        PulumiLiteral literal => new YamlLiteral(literal.Value),
        PulumiReference reference => Expression(reference),
        PulumiList list => new YamlList(list.Items.Select(Node)),
        PulumiMap map => Map(map, e => (e.Key, Node(e.Value), e.Comment ?? "")),
        PulumiCall call => new YamlMap { [Name(call.Function)] = Node(call.Argument) },
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Text that is no expression: a dollar sign begins one, and two of them are one.</summary>
    private static string Literal(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    private static string Expression(PulumiReference reference) => $"${{{string.Join('.', [reference.Name, .. reference.Path])}}}";

    private static string Name(PulumiFunction function) => function switch
    {
        PulumiFunction.ToJson => "fn::toJSON",
        PulumiFunction.ToBase64 => "fn::toBase64",
        PulumiFunction.ReadFile => "fn::readFile",
        PulumiFunction.FileAsset => "fn::fileAsset",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
