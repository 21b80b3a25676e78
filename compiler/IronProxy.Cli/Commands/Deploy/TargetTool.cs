using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using IronProxy.Cli.Terminal;
using IronProxy.Targets.Templates;

namespace IronProxy.Cli.Commands.Deploy;

/// <summary>Runs the target's own tool in the folder. It writes to this terminal itself, so its progress is seen as it goes.</summary>
internal sealed class TargetTool(CliConsole console)
{
    /// <summary>The exit status of the tool.</summary>
    /// <exception cref="CliException">The folder or the tool is missing; the message says what to run by hand.</exception>
    public async Task<int> RunAsync(ImmutableArray<string> command, string folder, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder))
        {
            throw new CliException($"there is no folder {folder}: generate the deployment first");
        }

        var line = string.Join(' ', command.Select(ShellText.Quote));
        console.Error.WriteLine($"+ cd {ShellText.Quote(folder)} && {line}");
        var start = new ProcessStartInfo(Program(command[0], folder), command.Skip(1)) { WorkingDirectory = folder };
        try
        {
            using var process = Process.Start(start) ?? throw new Win32Exception("it could not be started");
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode;
        }
        catch (Win32Exception e)
        {
            throw new CliException($"'{command[0]}' cannot be run ({e.Message}): install it, or run 'cd {ShellText.Quote(folder)} && {line}' where it is", e);
        }
    }

    /// <summary>Programs of the deployment itself begin with ./ and are sought in the folder.</summary>
    private static string Program(string name, string folder) =>
        name.StartsWith("./", StringComparison.Ordinal) ? Path.GetFullPath(Path.Combine(folder, name)) : name;
}
