using System.ComponentModel;
using System.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>What a command line printed, and how it ended.</summary>
internal sealed record ShellResult(int ExitCode, string Output)
{
    /// <summary>The output of a command that had to succeed.</summary>
    public string OutputOfSuccess()
    {
        Assert.True(ExitCode == 0, $"It ended with {ExitCode}:\n{Output}");
        return Output;
    }
}

/// <summary>Runs lines of bash.</summary>
internal static class DeploymentShell
{
    public static async Task<ShellResult> RunAsync(string script, string folder, IReadOnlyDictionary<string, string> environment, string input = "")
    {
        var start = new ProcessStartInfo("bash", ["-uo", "pipefail", "-c", script])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new Win32Exception("bash could not be started");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Patience.Build);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), deadline.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"It did not end: {script}");
        }

        return new ShellResult(process.ExitCode, await output + await error);
    }
}
