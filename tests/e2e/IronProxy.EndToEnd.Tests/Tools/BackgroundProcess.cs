using System.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Tools;

/// <summary>A program that runs until it is disposed.</summary>
internal sealed class BackgroundProcess : IAsyncDisposable
{
    private readonly Process _process;

    private BackgroundProcess(Process process) => _process = process;

    /// <summary>Starts it, and waits for a line of its output.</summary>
    public static async Task<BackgroundProcess> StartAsync(IReadOnlyList<string> command, string ready)
    {
        var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, WorkingDirectory = "/" })
            ?? throw new InvalidOperationException($"{command[0]} could not be started.");
        var started = new BackgroundProcess(process);
        try
        {
            using var limit = new CancellationTokenSource(Patience.Program);
            while (await process.StandardOutput.ReadLineAsync(limit.Token) != ready)
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}.");
                }
            }

            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
