using System.Text.Json.Nodes;

namespace IronProxy.Cli.Tests.Commands;

public class TargetsTests
{
    [Fact]
    public async Task All_targets_are_listed_with_what_they_need_and_resist()
    {
        var text = await CliRun.Of("targets");
        var json = JsonNode.Parse((await CliRun.Of("targets", "--json")).Out)!.AsArray();

        Assert.Equal(
            ["baremetal", "compose", "daytona", "ecs", "freestyle", "github-actions", "image", "k8s"],
            json.Select(t => (string)t!["name"]!).Order(StringComparer.Ordinal));
        foreach (var target in json)
        {
            foreach (var key in new[] { "name", "summary", "pattern", "privileges", "resistance" })
            {
                Assert.Contains((string)target![key]!, text.Out, StringComparison.Ordinal);
            }

            Assert.All(target!["options"]!.AsArray(), o => Assert.NotEmpty((string)o!["description"]!));
        }
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_refused_with_those_that_are()
    {
        var run = await CliRun.Of("targets", "compos");

        Assert.NotEqual(0, run.Exit);
        Assert.Contains("compose", run.Error, StringComparison.Ordinal);
    }
}
