using System.Text.Json;

namespace IronProxy.Architecture.Tests;

public sealed class PackageTests
{
    private const string YamlReader = "YamlDotNet";

    private static readonly string[] NotInTheRuntime = [YamlReader, "NJsonSchema", "Newtonsoft.Json"];

    [Fact]
    public void The_runtime_reads_neither_yaml_nor_json_schema()
    {
        var closure = ClosureOf("IronProxy.Gateway");

        Assert.Contains(closure, p => p.Name == "IronProxy.Plan");
        Violations.AssertNone(
            from project in closure
            from package in project.PackageNames.Concat(LockedPackages(project)).Distinct(StringComparer.OrdinalIgnoreCase)
            where NotInTheRuntime.Contains(package, StringComparer.OrdinalIgnoreCase) && !IsOfGooglesLibrary(project, package)
            select $"{project.Path}: iron-proxy must not depend on {package}; what needs it belongs into IronProxy.Compiler, and its result into the plan.");
    }

    [Fact]
    public void The_compiler_reads_yaml_and_starts_without_a_json_schema_library()
    {
        var packages = ClosureOf("IronProxy.Cli").SelectMany(LockedPackages).ToHashSet(StringComparer.OrdinalIgnoreCase);

        Assert.Contains(YamlReader, packages);
        Assert.DoesNotContain("NJsonSchema", packages);
    }

    [Fact]
    public void Versions_of_packages_are_written_in_one_place() =>
        Violations.AssertNone(
            from project in Repository.Projects
            from reference in project.PackageReferences
            where reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null || reference.Elements().Any(e => e.Name.LocalName.StartsWith("Version", StringComparison.Ordinal))
            select $"{project.Path}: remove the version of {reference.Attribute("Include")?.Value} here and write it in Directory.Packages.props.");

    [Fact]
    public void Every_project_has_a_lock_file_under_version_control()
    {
        var tracked = Repository.TrackedFiles().ToHashSet(StringComparer.Ordinal);

        Violations.AssertNone(
            Repository.Projects.Where(p => !tracked.Contains($"{p.Folder}/packages.lock.json"))
                .Select(p => $"{p.Path}: run 'dotnet restore {p.Path}' and commit {p.Folder}/packages.lock.json."));
    }

    /// <summary>What Google's library brings into the executable (ADR 33). A reference of our own is refused as before.</summary>
    private static bool IsOfGooglesLibrary(ProjectFile project, string package) =>
        package == "Newtonsoft.Json" && project.Name == "IronProxy.Gateway" && project.PackageNames.Contains("Google.Apis.Auth") && !project.PackageNames.Contains(package);

    /// <summary>A project and all that it references, directly or not.</summary>
    private static List<ProjectFile> ClosureOf(string name)
    {
        var byName = Repository.Projects.ToDictionary(p => p.Name, StringComparer.Ordinal);
        var closure = new List<ProjectFile>();
        var open = new Queue<string>([name]);
        while (open.TryDequeue(out var next))
        {
            if (closure.TrueForAll(p => p.Name != next))
            {
                closure.Add(byName[next]);
                byName[next].ProjectReferences.ToList().ForEach(open.Enqueue);
            }
        }

        return closure;
    }

    /// <summary>The packages that a restore of the project brings, also those that packages bring.</summary>
    private static IEnumerable<string> LockedPackages(ProjectFile project)
    {
        var path = Path.Combine(Repository.Root, project.Folder, "packages.lock.json");
        Assert.True(File.Exists(path), $"{project.Path}: run 'dotnet restore {project.Path}' and commit {project.Folder}/packages.lock.json.");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return
        [
            .. document.RootElement.GetProperty("dependencies").EnumerateObject()
                .SelectMany(framework => framework.Value.EnumerateObject())
                .Where(package => package.Value.GetProperty("type").GetString() != "Project")
                .Select(package => package.Name),
        ];
    }
}
