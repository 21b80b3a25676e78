using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IronProxy.Targets.Documents;
using IronProxy.Targets.Files;

namespace IronProxy.Targets.Pulumi;

/// <summary>Writes programs in TypeScript for Pulumi's Node.js SDK.</summary>
internal static partial class PulumiTypeScript
{
    private const string SdkVersion = "3.248.0";
    private const string TypeScriptVersion = "5.9.3";
    private const string NodeTypesVersion = "22.20.5";

    private static readonly System.Text.Json.JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 2, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ImmutableArray<DeploymentFile> Write(PulumiProgram program)
    {
        var runtime = new YamlMap { ["name"] = "nodejs", ["options"] = new YamlMap { ["packagemanager"] = "npm" } };
        return
        [
            DeploymentFile.OfText(PulumiYaml.ProjectFile, YamlPrinter.Print(PulumiYaml.Project(program, runtime))),
            DeploymentFile.OfText("index.ts", Program(program)),
            DeploymentFile.OfText("package.json", Package(program).ToJsonString(Indented) + "\n"),
            DeploymentFile.OfText("tsconfig.json", CompilerOptions().ToJsonString(Indented) + "\n"),
        ];
    }

    private static JsonObject Package(PulumiProgram program)
    {
        // Exactly the versions that the program is checked with, as in Pulumi YAML.
        var dependencies = new JsonObject { ["@pulumi/pulumi"] = SdkVersion };
        foreach (var package in program.Packages)
        {
            dependencies[$"@pulumi/{package.Name}"] = package.Version;
        }

        return new JsonObject
        {
            ["name"] = program.Name,
            ["private"] = true,
            ["main"] = "index.ts",
            ["dependencies"] = dependencies,
            ["devDependencies"] = new JsonObject { ["@types/node"] = NodeTypesVersion, ["typescript"] = TypeScriptVersion },
        };
    }

    private static JsonObject CompilerOptions() => new()
    {
        ["compilerOptions"] = new JsonObject
        {
            ["strict"] = true,
            ["target"] = "es2022",
            ["module"] = "nodenext",
            ["moduleResolution"] = "nodenext",
            ["types"] = new JsonArray("node"),
            ["skipLibCheck"] = true,
            ["noEmit"] = true,
        },
        ["files"] = new JsonArray("index.ts"),
    };

    private static string Program(PulumiProgram program)
    {
        var text = new StringBuilder();
        text.Append("// ").Append(program.Description).Append('\n');
        if (UsesFiles(program))
        {
            text.Append("import * as fs from \"fs\";\n");
        }

        text.Append("import * as pulumi from \"@pulumi/pulumi\";\n");
        foreach (var package in program.Packages)
        {
            text.Append(CultureInfo.InvariantCulture, $"import * as {package.Name} from \"@pulumi/{package.Name}\";\n");
        }

        var used = Used(program);
        foreach (var resource in program.Resources)
        {
            text.Append('\n');
            AppendComment(text, resource.Comment, "");
            text.Append(CultureInfo.InvariantCulture, $"{(used.Contains(resource.Name) ? $"const {resource.Name} = " : "")}new {Member(resource.Token)}({Quote(resource.Name)}, ");
            Append(text, resource.Properties, "");
            string[] options =
            [
                .. resource.DependsOn.Length > 0 ? [$"dependsOn: [{string.Join(", ", resource.DependsOn.Select(Expression))}]"] : (string[])[],
                .. resource.IsKept ? ["retainOnDelete: true"] : (string[])[],
            ];
            if (options.Length > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $", {{ {string.Join(", ", options)} }}");
            }

            text.Append(");\n");
        }

        foreach (var output in program.Outputs)
        {
            text.Append(output == program.Outputs[0] ? "\n" : "").Append(CultureInfo.InvariantCulture, $"export const {output.Name} = ");
            Append(text, output.Value, "");
            text.Append(";\n");
        }

        return text.ToString();
    }

    /// <summary>How a token is written: <c>aws:ecs:Service</c> is <c>aws.ecs.Service</c>, and groups of Kubernetes lose their domain.</summary>
    private static string Member(string token) =>
        string.Join('.', token.Split(':', '/').Where(p => p != "index").Select(p => p.Split('.')[0]));

    private static void Append(StringBuilder text, PulumiValue value, string indent)
    {
        switch (value)
        {
            case PulumiText literal:
                text.Append(literal.Value.Contains('\n', StringComparison.Ordinal) ? $"`{EscapeTemplate(literal.Value)}`" : Quote(literal.Value));
                break;
            case PulumiLiteral literal:
                text.Append(literal.Value);
                break;
            case PulumiReference reference:
                text.Append(Expression(reference));
                break;
            case PulumiList list:
                AppendList(text, list, indent);
                break;
            case PulumiMap map:
                AppendMap(text, map, indent);
                break;
            case PulumiCall call:
                AppendCall(text, call, indent);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static void AppendCall(StringBuilder text, PulumiCall call, string indent)
    {
        var (before, after) = call.Function switch
        {
            PulumiFunction.ToJson => ("pulumi.jsonStringify(", ")"),
            PulumiFunction.ToBase64 => ("pulumi.output(", ").apply(text => Buffer.from(text).toString(\"base64\"))"),
            PulumiFunction.ReadFile => ("fs.readFileSync(", ", \"utf8\")"),
            PulumiFunction.FileAsset => ("new pulumi.asset.FileAsset(", ")"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        text.Append(before);
        Append(text, call.Argument, indent);
        text.Append(after);
    }

    private static void AppendList(StringBuilder text, PulumiList list, string indent)
    {
        var isShort = list.Items.All(i => i is PulumiText { Value.Length: < 40 } or PulumiLiteral or PulumiReference) && list.Items.Length <= 8;
        text.Append('[');
        for (var i = 0; i < list.Items.Length; i++)
        {
            text.Append(isShort ? (i == 0 ? "" : ", ") : $"\n{indent}    ");
            Append(text, list.Items[i], indent + "    ");
            text.Append(isShort ? "" : ",");
        }

        text.Append(isShort ? "]" : $"\n{indent}]");
    }

    private static void AppendMap(StringBuilder text, PulumiMap map, string indent)
    {
        if (!map.Any())
        {
            text.Append("{}");
            return;
        }

        var entries = map.ToArray();
        if (entries is [{ Value: PulumiText or PulumiLiteral or PulumiReference, Comment: null or "" }])
        {
            text.Append("{ ").Append(Key(entries[0].Key)).Append(": ");
            Append(text, entries[0].Value, indent);
            text.Append(" }");
            return;
        }

        text.Append("{\n");
        foreach (var entry in entries)
        {
            AppendComment(text, entry.Comment ?? "", indent + "    ");
            text.Append(indent).Append("    ").Append(Key(entry.Key)).Append(": ");
            Append(text, entry.Value, indent + "    ");
            text.Append(",\n");
        }

        text.Append(indent).Append('}');
    }

    private static string Expression(PulumiReference reference) => string.Join('.', [reference.Name, .. reference.Path]);

    private static string Key(string key) =>
        key.Length > 0 && (char.IsAsciiLetter(key[0]) || key[0] == '_') && key.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? key : Quote(key);

    private static string Quote(string text) => JsonValue.Create(text).ToJsonString(Indented);

    /// <summary>Text inside of backticks.</summary>
    private static string EscapeTemplate(string text) =>
        EscapedInTemplates().Replace(text, @"\$0").Replace("\r", "\\r", StringComparison.Ordinal);

    [GeneratedRegex(@"\\|`|\$(?=\{)")]
    private static partial Regex EscapedInTemplates();

    private static void AppendComment(StringBuilder text, string comment, string indent)
    {
        foreach (var line in comment.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            text.Append(indent).Append("// ").Append(line).Append('\n');
        }
    }

    /// <summary>Names that something refers to; the others need no variable.</summary>
    private static HashSet<string> Used(PulumiProgram program) =>
    [
        .. program.Resources.SelectMany(r => Values(r.Properties).Concat(r.DependsOn)).Concat(program.Outputs.SelectMany(o => Values(o.Value)))
            .OfType<PulumiReference>().Select(r => r.Name),
    ];

    private static bool UsesFiles(PulumiProgram program) =>
        program.Resources.Select(r => (PulumiValue)r.Properties).Concat(program.Outputs.Select(o => o.Value)).SelectMany(Values).Any(v => v is PulumiCall { Function: PulumiFunction.ReadFile });

    private static IEnumerable<PulumiValue> Values(PulumiValue value) =>
    [
        value,
        .. value switch
        {
            PulumiList list => list.Items.SelectMany(Values),
            PulumiMap map => map.SelectMany(e => Values(e.Value)),
            PulumiCall call => Values(call.Argument),
            _ => [],
        },
    ];
}
