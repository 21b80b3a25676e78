using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>An iron-proxy that this program started and ends.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Task _output;
    private readonly Task _errors;

    private ProxyProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = ReadLogAsync();
    }

    /// <summary>Its log, line by line.</summary>
    public ProxyLog Log { get; } = new();

    /// <summary>Starts iron-proxy.</summary>
    /// <exception cref="CliException">It cannot be started.</exception>
    public static ProxyProcess Start(string executable, string plan, string folder, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(executable, ["-plan", plan])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What places a proxy of the user's elsewhere, or writes its log otherwise, is not for this one.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("IRON_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            var process = Process.Start(start)!; // Null only when a shell reuses a process, which is not asked for.
            process.StandardInput.Close();
            return new ProxyProcess(process);
        }
        catch (Win32Exception e)
        {
            throw new CliException($"cannot start {executable}: {e.Message}", e);
        }
    }

    /// <summary>Waits until it listens, and says where.</summary>
    /// <exception cref="CliException">It ended, or did not get ready in time.</exception>
    public async Task<IPEndPoint> WaitUntilReadyAsync(CancellationToken cancellation)
    {
        var ready = await Log.WaitForAsync(line => Text(line, "msg") == "ready", StartWithin, cancellation);
        if (ready is null)
        {
            throw new CliException($"iron-proxy did not get ready; it said:\n{Log.Tail()}");
        }

        return ready.Value.TryGetProperty("listeners", out var listeners)
            && Text(listeners, "tunnel") is { } tunnel
            && IPEndPoint.TryParse(tunnel, out var endpoint)
            ? endpoint
            : throw new CliException($"iron-proxy did not say where its tunnel listener is: {ready.Value.GetRawText()}");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
            await Task.WhenAll(_process.WaitForExitAsync(), _output, _errors).WaitAsync(StopWithin);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or TimeoutException)
        {
            // It has ended already, or will not: there is nothing more that can be done to it.
        }

        _process.Dispose();
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private async Task ReadLogAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            Log.Add(line);
        }

        Log.Close();
    }
}
