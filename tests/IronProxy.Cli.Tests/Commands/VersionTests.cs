namespace IronProxy.Cli.Tests.Commands;

public class VersionTests
{
    [Fact]
    public async Task Version_names_ironc_the_plan_format_and_the_runtime()
    {
        var run = await CliRun.Of("version");

        Assert.Equal(0, run.Exit);
        Assert.Matches(@"\Aironc \d+\.\d+\.\d+\nplan format 1\n\.NET 10\.\S+ on \S+\n\z", run.Out);
    }
}
