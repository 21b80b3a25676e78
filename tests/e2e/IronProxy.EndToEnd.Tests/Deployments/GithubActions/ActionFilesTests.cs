namespace IronProxy.EndToEnd.Tests.Deployments.GithubActions;

/// <summary>What the target github-actions writes is what GitHub takes: its schemas and actionlint say so.</summary>
public sealed class ActionFilesTests
{
    private static readonly string Folder = Repository.Path("samples", "ci", "deployments", "github-actions");

    [SkippableFact]
    public async Task The_files_of_the_sample_are_actions_and_a_workflow() =>
        Assert.Equal("", await Judges.AskAsync("actions.mjs", $"{Folder}/action.yml", $"{Folder}/summary/action.yml", $"{Folder}/examples/workflow.yml"));

    [SkippableTheory]
    [InlineData("action.yml", "using: composite", "using: composit", "/runs/using")]
    [InlineData("summary/action.yml", "description: \"Writes", "descripton: \"Writes", "descripton")]
    [InlineData("examples/workflow.yml", "runs-on:", "runson:", "unexpected key \"runson\"")]
    [InlineData("examples/workflow.yml", "secrets.REPOSITORY", "secret.REPOSITORY", "undefined variable \"secret\"")]
    [InlineData("examples/workflow.yml", "always()", "alway()", "undefined function \"alway\"")]
    public async Task The_judge_sees_what_is_wrong(string file, string right, string wrong, string complaint)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Folder, file));
        Assert.Contains(right, text, StringComparison.Ordinal);
        var folder = Directory.CreateTempSubdirectory("action-").FullName;
        try
        {
            var path = Path.Combine(folder, Path.GetFileName(file));
            await File.WriteAllTextAsync(path, text.Replace(right, wrong, StringComparison.Ordinal));
            Assert.Contains(complaint, await Judges.AskAsync("actions.mjs", path), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
