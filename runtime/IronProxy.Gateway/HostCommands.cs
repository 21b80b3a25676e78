using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using IronProxy.Runtime;

namespace IronProxy.Gateway;

/// <summary>Runs programs that are found in PATH, with an environment of their own.</summary>
internal sealed class HostCommands : IHostCommands
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>How long one may take: less than whoever waits for it has, so that nothing is left behind when the process ends over it.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    /// <inheritdoc />
    public async Task<CommandResult?> RunAsync(string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, int maxOutput, CancellationToken cancellation)
    {
        if (Find(name) is not { } path)
        {
            return null;
        }

        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/", // Nothing of the proxy's folder is its matter.
        };
        start.Environment.Clear();
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        using var process = Start(start, name);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(Limit);
        try
        {
            process.StandardInput.Close();
            var output = ReadAsync(process.StandardOutput.BaseStream, name, maxOutput, late.Token);
            var error = ReadAsync(process.StandardError.BaseStream, name, maxOutput, late.Token);
            await (await Task.WhenAny(output, error).ConfigureAwait(false)).ConfigureAwait(false); // The first that is too long ends the other.
            var result = (Output: await output.ConfigureAwait(false), Error: await error.ConfigureAwait(false));
            await process.WaitForExitAsync(late.Token).ConfigureAwait(false);
            return new CommandResult(process.ExitCode, result.Output, result.Error);
        }
        catch (Exception e)
        {
            process.Kill(entireProcessTree: true);
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                throw new IOException($"'{name}' did not end within {Limit.TotalSeconds:0} s", e);
            }

            throw;
        }
    }

    /// <summary>The program in the first folder of PATH that has it. Folders without a full path would be those of whoever wrote the working directory.</summary>
    private static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(Path.IsPathFullyQualified).Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(path => File.Exists(path) && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Executable) != 0);

    private static Process Start(ProcessStartInfo start, string name)
    {
        try
        {
            return Process.Start(start) ?? throw new IOException($"'{name}' could not be started");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"'{name}' could not be started (error {e.NativeErrorCode})", e);
        }
    }

    private static async Task<string> ReadAsync(Stream output, string name, int max, CancellationToken cancellation)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[8192];
        for (int read; (read = await output.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            if (kept.Length + read > max)
            {
                throw new IOException($"'{name}' printed more than {max} bytes");
            }

            kept.Write(buffer, 0, read);
        }

        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }
}
