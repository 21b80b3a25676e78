using System.Xml.Linq;

namespace IronProxy.Architecture.Tests;

public sealed class ReferenceTableTests
{
    [Fact]
    public void Projects_reference_what_the_table_allows() =>
        Violations.AssertNone(Repository.Projects.Where(p => p.Ships).SelectMany(ReferenceTable.Check));

    [Fact]
    public void The_table_is_held_against_the_projects_of_this_repository()
    {
        var names = Repository.Projects.Where(p => p.Ships).Select(p => p.Name).ToList();

        Assert.Contains("IronProxy.Plan", names);
        Assert.Contains("IronProxy.Gateway", names);
        Assert.Contains("IronProxy.Cli", names);
    }

    [Theory]
    [InlineData("IronProxy.Plan", "../X/IronProxy.Diagnostics.csproj")]
    [InlineData("IronProxy.Certificates", @"..\X\IronProxy.Plan.csproj")]
    [InlineData("IronProxy.Compiler", "../X/IronProxy.Certificates.csproj")]
    [InlineData("IronProxy.Runtime", "../X/IronProxy.Compiler.csproj")]
    [InlineData("IronProxy.Gateway", "../X/IronProxy.Compiler.csproj")]
    [InlineData("IronProxy.Cli", "../X/IronProxy.Runtime.csproj")]
    [InlineData("IronProxy.Targets.K8s", "../X/IronProxy.Targets.Ecs.csproj")]
    public void A_reference_outside_of_the_table_is_found_and_named(string project, string reference)
    {
        var violation = Assert.Single(ReferenceTable.Check(Project(project, reference)));

        Assert.StartsWith($"x/{project}.csproj: ", violation, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileNameWithoutExtension(reference.Replace('\\', '/')), violation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_project_without_a_row_is_found() =>
        Assert.Contains("no row for IronProxy.Helpers", Assert.Single(ReferenceTable.Check(Project("IronProxy.Helpers"))), StringComparison.Ordinal);

    [Fact]
    public void Tests_and_benchmarks_are_not_referenced_by_what_ships()
    {
        var shipping = Repository.Projects.Where(p => p.Ships).ToList();
        var rest = Repository.Projects.Except(shipping).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);

        Violations.AssertNone(
            from project in shipping
            from reference in project.ProjectReferences
            where rest.Contains(reference)
            select $"{project.Path}: remove the reference to {reference}, which does not ship.");
    }

    [Fact]
    public void Only_ironc_and_iron_proxy_are_executables()
    {
        var executables = Repository.Projects.Where(p => p.Ships && p.IsExecutable).ToList();

        Violations.AssertNone(
            executables.Where(p => p.AssemblyName is not ("ironc" or "iron-proxy"))
                .Select(p => $"{p.Path}: {p.AssemblyName} must not be an executable; make it a command of ironc or remove its OutputType."));
        Assert.Equal(["iron-proxy", "ironc"], executables.Select(p => p.AssemblyName).Order(StringComparer.Ordinal));
    }

    private static ProjectFile Project(string name, params string[] references) =>
        new($"x/{name}.csproj", new XElement("Project", new XElement("ItemGroup", references.Select(r => new XElement("ProjectReference", new XAttribute("Include", r))))));
}
