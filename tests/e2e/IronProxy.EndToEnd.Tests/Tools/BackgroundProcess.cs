using System.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Tools;

/// <summary>A program that runs until it is disposed, with all that it started.</summary>
internal sealed class BackgroundProcess : IAsyncDisposable
{
    private readonly Process _process;

    private BackgroundProcess(Process process) => _process = process;

    /// <summary>The line by which it said that it is ready.</summary>
    public string Ready { get; private set; } = "";

    /// <summary>Starts it.</summary>
    public static BackgroundProcess Start(IReadOnlyList<string> command) => new(
        Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, WorkingDirectory = "/" })
        ?? throw new InvalidOperationException($"{command[0]} could not be started."));

    /// <summary>Starts it, and waits for a line of its output.</summary>
    public static Task<BackgroundProcess> StartAsync(IReadOnlyList<string> command, string ready) => StartAsync(command, line => line == ready);

    /// <summary>Starts it, and waits for a line of its output.</summary>
    public static async Task<BackgroundProcess> StartAsync(IReadOnlyList<string> command, Func<string, bool> isReady)
    {
        var started = Start(command);
        try
        {
            using var limit = new CancellationTokenSource(Patience.Program);
            while (!isReady(started.Ready))
            {
                started.Ready = await started._process.StandardOutput.ReadLineAsync(limit.Token)
                    ?? throw new InvalidOperationException($"{string.Join(' ', command)} ended without being ready.");
            }

            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next line of its output. An error when it ends before.</summary>
    public async Task<string> NextLineAsync()
    {
        using var limit = new CancellationTokenSource(Patience.Program);
        return await _process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("The program has ended.");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
