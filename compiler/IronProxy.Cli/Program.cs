using IronProxy.Cli.Terminal;

namespace IronProxy.Cli;

internal static class Program
{
    private static Task<int> Main(string[] args) => IroncApp.RunAsync(args, CliConsole.OfProcess());
}
