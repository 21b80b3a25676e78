using IronProxy.Targets.Ecs;
using IronProxy.Testing;

namespace IronProxy.Targets.Tests.Ecs;

/// <summary>The Pulumi programs of the target. The end-to-end tests give the approved files to Pulumi's own SDK.</summary>
public class EcsProgramTests
{
    [Theory]
    [InlineData("pulumi-yaml", "yaml")]
    [InlineData("pulumi-typescript", "typescript")]
    public void The_program_and_what_it_reads_are_as_approved(string form, string folder)
    {
        var approved = Path.Combine(RepositoryRoot.Path, "tests", "e2e", "pulumi", "ecs", folder);
        var files = Rendering.Of(new EcsTarget(), EcsRenderingTests.Policy, [.. EcsRenderingTests.Set, $"form={form}"]);
        foreach (var (path, text) in files.Where(f => !f.Key.Contains('/', StringComparison.Ordinal) || f.Key.StartsWith("instances/", StringComparison.Ordinal)))
        {
            ApprovedFile.Verify(Path.Combine(approved, path), text);
        }
    }
}
