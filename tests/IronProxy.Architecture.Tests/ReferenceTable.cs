namespace IronProxy.Architecture.Tests;

/// <summary>Which project may reference which. ARCHITECTURE.md has the same table in words.</summary>
internal static class ReferenceTable
{
    private const string Targets = "IronProxy.Targets.*";

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["IronProxy.Plan"] = [],
        ["IronProxy.Diagnostics"] = [],
        ["IronProxy.Certificates"] = [],
        ["IronProxy.Compiler"] = ["IronProxy.Plan", "IronProxy.Diagnostics"],
        ["IronProxy.Targets"] = ["IronProxy.Plan", "IronProxy.Diagnostics"],
        [Targets] = ["IronProxy.Targets"],

        // They make hosts: a sandbox, a machine for a snapshot, a runner.
        ["IronProxy.Targets.Daytona"] = ["IronProxy.Targets", "IronProxy.Targets.Baremetal"],
        ["IronProxy.Targets.Freestyle"] = ["IronProxy.Targets", "IronProxy.Targets.Baremetal"],
        ["IronProxy.Targets.GithubActions"] = ["IronProxy.Targets", "IronProxy.Targets.Baremetal"],
        ["IronProxy.Pipeline"] = ["IronProxy.Plan"],
        ["IronProxy.Runtime"] = ["IronProxy.Pipeline", "IronProxy.Plan", "IronProxy.Certificates"],
        ["IronProxy.Gateway"] = ["IronProxy.Runtime", "IronProxy.Certificates"],
        ["IronProxy.Cli"] = ["IronProxy.Compiler", "IronProxy.Pipeline", "IronProxy.Targets", Targets, "IronProxy.Certificates"],
        ["IronProxy.ControlPlane"] = ["IronProxy.Compiler"],
    };

    /// <summary>What a project may not do but does, each with the way out.</summary>
    public static IEnumerable<string> Check(ProjectFile project)
    {
        if (!Allowed.TryGetValue(RowOf(project.Name), out var allowed))
        {
            yield return $"{project.Path}: the reference table has no row for {project.Name}. "
                + "Put the code into a project that exists, or add a row to ReferenceTable.cs and to ARCHITECTURE.md.";
            yield break;
        }

        foreach (var reference in project.ProjectReferences.Where(r => !allowed.Contains(r) && !(IsTarget(r) && allowed.Contains(Targets))))
        {
            yield return $"{project.Path}: {project.Name} must not reference {reference}; it may reference "
                + (allowed.Length == 0 ? "no project. " : string.Join(", ", allowed) + ". ")
                + "Remove the ProjectReference and move what both need into a project that both may reference.";
        }
    }

    /// <summary>A target with a row of its own is still one of the targets for those that may reference all of them.</summary>
    private static string RowOf(string name) => !Allowed.ContainsKey(name) && IsTarget(name) ? Targets : name;

    private static bool IsTarget(string name) => name.StartsWith("IronProxy.Targets.", StringComparison.Ordinal);
}
