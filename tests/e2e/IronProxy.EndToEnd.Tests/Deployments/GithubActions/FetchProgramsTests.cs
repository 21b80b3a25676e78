namespace IronProxy.EndToEnd.Tests.Deployments.GithubActions;

/// <summary>The action takes its programs out of the project's image, with a Docker of its own.</summary>
[Collection(DockerCollection.Name)]
public sealed class FetchProgramsTests(DockerWorld world)
{
    private static readonly string Script = Repository.Path("samples", "ci", "deployments", "github-actions", "scripts", "fetch-programs.sh");

    [SkippableFact]
    public async Task Both_programs_are_copied_and_no_container_stays()
    {
        world.Require();
        var containers = (await world.RunAsync("docker ps --all --quiet | wc -l")).OutputOfSuccess();
        var folder = Path.Combine(world.NewFolder("fetched"), "programs");

        (await world.RunAsync($"{Script} localhost/iron-proxy test {folder}")).OutputOfSuccess();

        Assert.StartsWith("ironc 0.1.0", (await world.RunAsync($"{folder}/ironc version")).OutputOfSuccess(), StringComparison.Ordinal);
        Assert.Equal("iron-proxy 0.1.0\n", (await world.RunAsync($"{folder}/iron-proxy -version")).OutputOfSuccess());
        Assert.Equal(containers, (await world.RunAsync("docker ps --all --quiet | wc -l")).OutputOfSuccess());
    }

    [SkippableFact]
    public async Task An_image_without_the_programs_is_refused()
    {
        world.Require();
        (await world.RunAsync("""docker commit --change 'CMD ["true"]' "$(docker create --name without localhost/workload:test true)" localhost/without:test && docker rm without""")).OutputOfSuccess();
        var run = await world.RunAsync($"{Script} localhost/without test {world.NewFolder("none")}/programs");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("/opt/iron-proxy", run.Output, StringComparison.Ordinal);
    }
}
