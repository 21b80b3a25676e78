using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Tests;

public class FaultTests
{
    [Fact]
    public async Task A_fault_of_ironc_gives_70_and_a_line_that_names_the_file_and_says_how_to_report_it()
    {
        var (exit, error) = await RunWithBrokenInput(debug: null);

        Assert.Equal(70, exit);
        Assert.Equal(
            "ironc: internal error in the work on standard input: NotImplementedException: the input broke\n"
            + "  this is a fault of ironc: please report it with that file, the output of IRONC_DEBUG=1 and 'ironc version'\n",
            error);
    }

    [Fact]
    public async Task IRONC_DEBUG_shows_where_the_fault_is()
    {
        var (exit, error) = await RunWithBrokenInput(debug: "1");

        Assert.Equal(70, exit);
        Assert.Contains("   at IronProxy.Cli.Tests.FaultTests", error, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Error)> RunWithBrokenInput(string? debug)
    {
        using var error = new StringWriter { NewLine = "\n" };
        var console = new CliConsole
        {
            Out = TextWriter.Null,
            Error = error,
            OpenInput = () => throw new NotImplementedException("the input\nbroke"),
            Environment = name => name == "IRONC_DEBUG" ? debug : null,
        };
        return (await IroncApp.RunAsync(["validate", "-"], console), error.ToString());
    }
}
