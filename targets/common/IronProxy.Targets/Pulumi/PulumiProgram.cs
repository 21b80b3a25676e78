using System.Collections.Immutable;
using IronProxy.Targets.Files;

namespace IronProxy.Targets.Pulumi;

/// <summary>The language that a program is written in.</summary>
public enum PulumiLanguage
{
    /// <summary>Pulumi YAML: nothing but the Pulumi CLI is needed, and <c>pulumi convert</c> makes C#, Go, Python or Java of it.</summary>
    Yaml,

    /// <summary>TypeScript for Node.js.</summary>
    TypeScript,
}

/// <summary>
/// A Pulumi program: resources and outputs, each in the order in which it was added. Names are names of
/// variables in every language, and what is referred to stands above what refers to it.
/// </summary>
/// <param name="name">The project's name.</param>
/// <param name="description">What the project is: one sentence.</param>
public sealed class PulumiProgram(string name, string description)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<PulumiResource> _resources = [];
    private readonly List<PulumiOutput> _outputs = [];

    internal string Name { get; } = name;

    internal string Description { get; } = description;

    internal IReadOnlyList<PulumiResource> Resources => _resources;

    internal IReadOnlyList<PulumiOutput> Outputs => _outputs;

    internal IEnumerable<PulumiPackage> Packages =>
        _resources.Select(r => r.Token).Select(PulumiPackage.OfToken).Distinct().OrderBy(p => p.Name, StringComparer.Ordinal);

    /// <summary>Adds a resource. Its outputs are members of what is returned.</summary>
    /// <param name="name">The name of its variable.</param>
    /// <param name="token">Its type, such as <c>aws:ecs:Service</c>.</param>
    /// <param name="properties">Its inputs.</param>
    /// <param name="dependsOn">Resources that must be there first, beyond those that its properties refer to.</param>
    /// <param name="comment">What stands above it.</param>
    /// <param name="isKept">Whether it stays where it is when it is replaced or destroyed.</param>
    public PulumiReference AddResource(string name, string token, PulumiMap properties, IEnumerable<PulumiReference>? dependsOn = null, string comment = "", bool isKept = false)
    {
        _resources.Add(new PulumiResource(Fresh(name), token, properties, [.. dependsOn ?? []], comment, isKept));
        return new PulumiReference(name, []);
    }

    /// <summary>Adds something that <c>pulumi stack output</c> shows.</summary>
    public void AddOutput(string name, PulumiValue value) => _outputs.Add(new PulumiOutput(Fresh(name), value));

    /// <summary>The files of the program, for a folder of its own.</summary>
    public ImmutableArray<DeploymentFile> ToFiles(PulumiLanguage language) => language switch
    {
        PulumiLanguage.Yaml => PulumiYaml.Write(this),
        PulumiLanguage.TypeScript => PulumiTypeScript.Write(this),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>What users and their tools put beside the files, in the notation of <see cref="IDeploymentTarget.UserFiles"/>.</summary>
    public static ImmutableArray<string> UserFiles => ["Pulumi.*.yaml", "node_modules/", "package-lock.json"];

    private string Fresh(string name)
    {
        if (!IsVariable(name))
        {
            throw new ArgumentException($"'{name}' is not a name for a variable in camel case.", nameof(name));
        }

        return _names.Add(name) ? name : throw new ArgumentException($"There are two '{name}'.", nameof(name));
    }

    // Words of TypeScript, and names that its programs use themselves.
    private static bool IsVariable(string name) =>
        name.Length > 0 && char.IsAsciiLetterLower(name[0]) && name.All(char.IsAsciiLetterOrDigit)
        && name is not ("aws" or "kubernetes" or "pulumi" or "fs" or "class" or "default" or "delete" or "export" or "function" or "import" or "package" or "public" or "private" or "new" or "return" or "switch" or "var" or "const" or "let" or "static" or "interface" or "enum");
}
