using System.Diagnostics;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Doctor;

/// <summary>Runs the real <c>ironc doctor</c> in a namespace, as a user that has nothing to do with the tests.</summary>
internal static class DoctorProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly Lazy<string> Programs = new(CopyPrograms);

    /// <summary>A program of ours, where every user can run it.</summary>
    public static string Program(string name) => Path.Combine(Programs.Value, name);

    public static async Task<DoctorReport> RunAsync(NetworkNamespace network, int user, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var command = network.CommandLine(user, Program("ironc"), arguments);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var name in start.Environment.Keys.Where(k => k.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("ironc could not be started.");
        using var limit = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("ironc doctor did not end.");
        }

        return new DoctorReport(process.ExitCode, await output, await error);
    }

    /// <summary>The workload's user may not be able to enter the folder that the tests were built in.</summary>
    private static string CopyPrograms()
    {
        var target = Directory.CreateTempSubdirectory("iron-programs-").FullName;
        foreach (var file in Directory.GetFiles(ProxyBinaries.Folder).Where(f => !Path.GetFileName(f).Contains("Tests", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        File.SetUnixFileMode(
            target,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(target, recursive: true);
        return target;
    }
}
