using System.ComponentModel;
using System.Diagnostics;
using IronProxy.Runtime;

namespace IronProxy.Gateway;

/// <summary>
/// Compiles a proxy.yaml with the ironc that ships beside this program. The proxy itself has no YAML reader, and the compiler
/// gets an environment without the secrets.
/// </summary>
internal static class ConfigCompiler
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>What a .NET program needs to start, and nothing that could hold a credential.</summary>
    private static readonly string[] PassedVariables =
        ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "DOTNET_ROOT", "DOTNET_ROOT_X64", "NO_COLOR", "TERM"];

    /// <summary>The plan of a file.</summary>
    /// <exception cref="StartupException">There is none.</exception>
    public static Task<byte[]> CompileFileAsync(string config) => CompileAsync(config, config, ReadOnlyMemory<byte>.Empty);

    /// <summary>The plan of a text that was read elsewhere.</summary>
    /// <exception cref="StartupException">There is none.</exception>
    public static Task<byte[]> CompileTextAsync(string name, ReadOnlyMemory<byte> text) => CompileAsync(name, "-", text);

    private static async Task<byte[]> CompileAsync(string title, string argument, ReadOnlyMemory<byte> input)
    {
        var ironc = Path.Combine(AppContext.BaseDirectory, "ironc");
        var start = new ProcessStartInfo(ironc, ["compile", argument]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        var passed = PassedVariables.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        start.Environment.Clear();
        foreach (var (name, value) in passed.Where(v => v.Value is not null))
        {
            start.Environment[name] = value;
        }

        using var process = Start(start);
        using var deadline = new CancellationTokenSource(Limit);
        using var plan = new MemoryStream();
        try
        {
            await FeedAsync(process.StandardInput, input, deadline.Token).ConfigureAwait(false);
            await process.StandardOutput.BaseStream.CopyToAsync(plan, deadline.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new StartupException($"Compiling {title} took longer than {Limit.TotalSeconds:0} seconds.", e);
        }

        return process.ExitCode == 0
            ? plan.ToArray()
            : throw new StartupException($"{title} {(argument == "-" || File.Exists(argument) ? "was not compiled" : "could not be read")}, so nothing was started.");
    }

    private static async Task FeedAsync(StreamWriter standardInput, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        try
        {
            await standardInput.BaseStream.WriteAsync(input, stop).ConfigureAwait(false);
            standardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything. Its exit status and what it printed say why.
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new StartupException($"{start.FileName} could not be started.");
        }
        catch (Win32Exception e)
        {
            throw new StartupException($"-config needs the compiler beside this program, and {start.FileName} cannot be started: {e.Message}", e);
        }
    }
}
