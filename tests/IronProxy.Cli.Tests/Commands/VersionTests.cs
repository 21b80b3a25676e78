namespace IronProxy.Cli.Tests.Commands;

public class VersionTests
{
    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public async Task Version_names_ironc_the_plan_format_and_the_runtime(string argument)
    {
        var run = await CliRun.Of(argument);

        Assert.Equal(0, run.Exit);
        Assert.Matches(@"\Aironc \d+\.\d+\.\d+\nplan format 1\n\.NET 10\.\S+ on \S+\n\z", run.Out);
    }
}
