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
/// A Pulumi program: settings, functions, resources and outputs, each in the order in which it was added. Names are names of
/// variables in every language, and what is referred to stands above what refers to it.
/// </summary>
/// <param name="name">The project's name.</param>
/// <param name="description">What the project is: one sentence.</param>
public sealed class PulumiProgram(string name, string description)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<PulumiConfig> _config = [];
    private readonly List<PulumiInvoke> _invokes = [];
    private readonly List<PulumiResource> _resources = [];
    private readonly List<PulumiOutput> _outputs = [];

    internal string Name { get; } = name;

    internal string Description { get; } = description;

    internal IReadOnlyList<PulumiConfig> Config => _config;

    internal IReadOnlyList<PulumiInvoke> Invokes => _invokes;

    internal IReadOnlyList<PulumiResource> Resources => _resources;

    internal IReadOnlyList<PulumiOutput> Outputs => _outputs;

    internal IEnumerable<PulumiPackage> Packages =>
        _invokes.Select(i => i.Token).Concat(_resources.Select(r => r.Token)).Select(PulumiPackage.OfToken).Distinct().OrderBy(p => p.Name, StringComparer.Ordinal);

    /// <summary>Adds a setting, which <c>pulumi config set</c> gives a value.</summary>
    public PulumiReference AddConfig(string name, PulumiConfigType type, string description, string? @default = null, bool isSecret = false)
    {
        _config.Add(new PulumiConfig(Fresh(name), type, description, @default, isSecret));
        return new PulumiReference(name, []);
    }

    /// <summary>Adds a question to a provider, such as <c>aws:ssm:getParameter</c>.</summary>
    public PulumiReference AddInvoke(string name, string token, PulumiMap arguments, string comment = "")
    {
        _invokes.Add(new PulumiInvoke(Fresh(name), token, arguments, comment));
        return new PulumiReference(name, []);
    }

    /// <summary>Adds a resource. Its outputs are members of what is returned.</summary>
    public PulumiReference AddResource(string name, string token, PulumiMap properties, PulumiResourceOptions? options = null, string comment = "")
    {
        _resources.Add(new PulumiResource(Fresh(name), token, properties, options ?? new PulumiResourceOptions(), comment));
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
        && name is not ("aws" or "kubernetes" or "pulumi" or "fs" or "config" or "class" or "default" or "delete" or "export" or "function" or "import" or "package" or "public" or "private" or "new" or "return" or "switch" or "var" or "const" or "let" or "static" or "interface" or "enum");
}
