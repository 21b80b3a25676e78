using IronProxy.Targets.Ecs;
using IronProxy.Testing;

namespace IronProxy.Targets.Tests.Ecs;

/// <summary>The Pulumi programs of the target. The end-to-end tests give the approved files to Pulumi's own SDK.</summary>
public class EcsProgramTests
{
    [Theory]
    [InlineData("daemon", "pulumi-yaml", "ecs", "yaml")]
    [InlineData("daemon", "pulumi-typescript", "ecs", "typescript")]
    [InlineData("sidecar", "pulumi-yaml", "ecs-sidecar", "yaml")]
    [InlineData("sidecar", "pulumi-typescript", "ecs-sidecar", "typescript")]
    public void The_program_and_what_it_reads_are_as_approved(string mode, string form, string place, string folder)
    {
        var approved = Path.Combine(RepositoryRoot.Path, "tests", "e2e", "pulumi", place, folder);
        var policy = mode == "sidecar" ? EcsSidecarTests.Policy : EcsRenderingTests.Policy;
        var files = Rendering.Of(new EcsTarget(), policy, [.. EcsRenderingTests.Set, $"mode={mode}", $"form={form}"]);
        foreach (var (path, text) in files.Where(f => !f.Key.Contains('/', StringComparison.Ordinal) || f.Key.StartsWith("instances/", StringComparison.Ordinal)))
        {
            ApprovedFile.Verify(Path.Combine(approved, path), text);
        }
    }
}
