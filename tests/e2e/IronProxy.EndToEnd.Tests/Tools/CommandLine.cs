using System.ComponentModel;
using System.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Tools;

/// <summary>Runs a tool that is not ours. A test that needs one which the machine lacks is skipped, and says so.</summary>
internal static class CommandLine
{
    public static void Require(string tool, string package)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Skip.IfNot(folders.Any(f => File.Exists(Path.Combine(f, tool))), $"{tool} is not installed (Debian: {package})");
    }

    /// <summary>Runs a whole command line, such as one of a network namespace.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(IReadOnlyList<string> command) => RunAsync(command[0], [.. command.Skip(1)]);

    public static Task<(int ExitCode, string Output, string Error)> RunAsync(string tool, params string[] arguments) => RunAsync(Patience.Program, tool, arguments);

    /// <summary>Runs a tool that may take longer than the others.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(TimeSpan within, string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(k => k.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start) ?? throw new Win32Exception($"{tool} could not be started");
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(within);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{tool} {string.Join(' ', arguments)} did not end.");
        }

        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs a tool that must succeed.</summary>
    /// <returns>Its output.</returns>
    public static async Task<string> SucceedAsync(string tool, params string[] arguments)
    {
        var (exit, output, error) = await RunAsync(tool, arguments);
        Assert.True(exit == 0, $"{tool} {string.Join(' ', arguments)} ended with {exit}: {error}{output}");
        return output;
    }
}
