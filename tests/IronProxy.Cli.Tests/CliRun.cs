using System.Text;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Tests;

/// <summary>One run of ironc in this process: what it said, where, and its exit status.</summary>
internal sealed record CliRun(int Exit, string Out, string Error)
{
    public static async Task<CliRun> Of(string[] args, string input = "", Dictionary<string, string>? environment = null, Func<bool>? outIsRead = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var console = new CliConsole
        {
            Out = output,
            Error = error,
            OutIsRead = outIsRead ?? (static () => true),
            OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Environment = name => (environment ?? Policies.Variables).GetValueOrDefault(name),
        };
        var exit = await IroncApp.RunAsync(args, console);
        return new CliRun(exit, output.ToString(), error.ToString());
    }

    public static Task<CliRun> Of(params string[] args) => Of(args, "");

    /// <summary>For assertions: everything, so that a failure shows what was said.</summary>
    public override string ToString() => $"exit {Exit}\n--- out\n{Out}--- error\n{Error}";
}
