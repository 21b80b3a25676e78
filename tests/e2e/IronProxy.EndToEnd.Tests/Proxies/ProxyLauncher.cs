using System.Diagnostics;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Proxies;

/// <summary>Starts the executable with an environment of its own: nothing of the test run's leaks in.</summary>
internal static class ProxyLauncher
{
    private static readonly string[] Kept = ["PATH", "HOME", "TMPDIR", "DOTNET_ROOT", "DOTNET_ROOT_X64"];

    public static Process Start(ProxyFolder folder, IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment) =>
        StartCommand(folder, ["env", "--default-signal=HUP", ProxyBinaries.IronProxy, .. arguments], environment); // A test run under nohup hands on that it is ignored.

    /// <summary>Starts a command line that ends up as the executable, such as one that changes users first.</summary>
    public static Process StartCommand(ProxyFolder folder, IReadOnlyList<string> command, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder.FullPath,
        };
        start.Environment.Clear();
        foreach (var name in Kept)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        start.Environment["SSL_CERT_FILE"] = folder.UpstreamCaFile;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("iron-proxy could not be started.");
    }

    /// <summary>Runs to the end, for starts that are meant to fail.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        ProxyFolder folder, IEnumerable<string> arguments, params IEnumerable<(string Name, string Value)> environment)
    {
        using var process = Start(folder, arguments, environment);
        using var limit = new CancellationTokenSource(Patience.Program);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException("iron-proxy was to end by itself and did not.");
        }

        return (process.ExitCode, await output, await error);
    }

    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
