using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Doctor;

/// <summary>Runs the real <c>ironc doctor</c> in the place of a workload. It is what every deployment is attacked with.</summary>
internal static class DoctorProcess
{
    private static readonly Lazy<string> Programs = new(CopyPrograms);

    /// <summary>A program of ours, where every user of this machine can run it.</summary>
    public static string Program(string name) => Path.Combine(Programs.Value, name);

    /// <summary>Attacks, and reports.</summary>
    /// <param name="inside">
    /// What runs a command line as the workload: <c>NetworkNamespace.CommandOf(user)</c>, or <c>docker exec</c>, <c>podman exec</c>
    /// with a container.
    /// </param>
    /// <param name="attack">What doctor is told.</param>
    /// <param name="environment">Variables of the workload, where <paramref name="inside"/> passes them on.</param>
    public static Task<DoctorReport> RunAsync(IEnumerable<string> inside, DoctorAttack attack, params IEnumerable<(string Name, string Value)> environment) =>
        RunAsync([.. inside, .. attack.CommandLine], environment);

    /// <summary>Runs a command line that ends up as doctor.</summary>
    public static async Task<DoctorReport> RunAsync(IReadOnlyList<string> command, params IEnumerable<(string Name, string Value)> environment)
    {
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
        using var limit = new CancellationTokenSource(Patience.Program);
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

    /// <summary>
    /// The workload's user may not be able to enter the folder that the tests were built in. A run replaces the copy of the one before: at
    /// its end there is no time to delete so much.
    /// </summary>
    private static string CopyPrograms()
    {
        var target = Path.Combine(Path.GetTempPath(), "iron-programs-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ProxyBinaries.Folder)))[..8]);
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        Directory.CreateDirectory(target);
        foreach (var file in Directory.GetFiles(ProxyBinaries.Folder).Where(f => !Path.GetFileName(f).Contains("Tests", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        File.SetUnixFileMode(
            target,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return target;
    }
}
