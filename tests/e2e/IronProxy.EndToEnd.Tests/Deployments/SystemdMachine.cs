using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>A Debian that boots systemd, in a container without any network but loopback, unless it is given one. It is gone with its folder.</summary>
/// <param name="folder">Keeps all of its state.</param>
/// <param name="packages">What is installed in it, separated by commas.</param>
internal sealed class SystemdMachine(string folder, string packages)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    private string Config => Path.Combine(folder, "containers.conf");

    /// <summary>Its network, as <c>podman run</c> takes it: none but loopback, or that of a namespace.</summary>
    public IReadOnlyList<string> Network { get; init; } = ["--network", "none"];

    /// <summary>Runs a command line in it, with its standard input.</summary>
    public IReadOnlyList<string> Inside => CommandOf(["-i"], []);

    /// <summary>Makes it and boots it.</summary>
    /// <param name="volumes">What is mounted, as in <c>podman run --volume</c>.</param>
    public async Task BootAsync(params IReadOnlyList<string> volumes)
    {
        var limit = (await CommandLine.SucceedAsync("bash", "-c", "ulimit -Hn")).Trim();
        var files = int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 20000;
        await File.WriteAllTextAsync(Config, $"""
            [containers]
            default_ulimits=["nofile={files}:{files}","nproc=4096:4096"]
            [engine]
            runtime="runc"
            cgroup_manager="cgroupfs"
            events_logger="file"
            """);
        await PodmanAsync("import", await ArchiveAsync(), "localhost/iron-systemd:test");
        await PodmanAsync(
            [
                "run", "-d", "--name", "machine", "--systemd=always", "--privileged", .. Network,
                .. volumes.SelectMany(v => new[] { "--volume", v }), "localhost/iron-systemd:test", "/sbin/init",
            ]);
        await WaitAsync();
    }

    public async Task RebootAsync()
    {
        await PodmanAsync("restart", "-t", "20", "machine");
        await WaitAsync();
    }

    public Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] command) => RunAsync([], command);

    /// <summary>Runs a command.</summary>
    /// <param name="options">What <c>podman exec</c> takes, such as <c>--env</c>.</param>
    /// <param name="command">The command line.</param>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(IEnumerable<string> options, IEnumerable<string> command) =>
        LongAsync("podman", [.. Storage, "exec", .. options, "machine", .. command]);

    /// <summary>A command line that runs another one in it, for those who start processes themselves.</summary>
    public IReadOnlyList<string> CommandOf(IEnumerable<string> options, IEnumerable<string> command) =>
        ["env", $"CONTAINERS_CONF={Config}", "podman", .. Storage, "exec", .. options, "machine", .. command];

    public async Task<string> SucceedAsync(params string[] command)
    {
        var (exit, output, error) = await RunAsync(command);
        Assert.True(exit == 0, $"{string.Join(' ', command)} ended with {exit}: {error}{output}");
        return output;
    }

    public async Task RemoveAsync()
    {
        await LongAsync("podman", [.. Storage, "rm", "-f", "-t", "0", "machine"]);
        await LongAsync("podman", [.. Storage, "rmi", "-f", "localhost/iron-systemd:test"]);

        // The overlay's own mount would keep the folder from being deleted.
        await CommandLine.RunAsync("umount", Path.Combine(folder, "root", "overlay"));
    }

    private string[] Storage => ["--root", Path.Combine(folder, "root"), "--runroot", Path.Combine(folder, "run"), "--tmpdir", Path.Combine(folder, "tmp")];

    private async Task PodmanAsync(params string[] arguments)
    {
        var (exit, output, error) = await LongAsync("podman", [.. Storage, .. arguments]);
        Assert.True(exit == 0, $"podman {string.Join(' ', arguments)} ended with {exit}: {error}{output}");
    }

    /// <summary>The system, kept from one run to the next: most of the time goes into it.</summary>
    private async Task<string> ArchiveAsync()
    {
        var archive = Repository.Path("artifacts", "test-images", $"systemd-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(packages)))[..12]}.tar");
        if (!File.Exists(archive))
        {
            var fresh = Path.Combine(folder, "root.tar");
            var (exit, output, error) = await LongAsync("mmdebstrap", "--quiet", "--variant=minbase", "--include=" + packages, "trixie", fresh);
            Assert.True(exit == 0, $"mmdebstrap ended with {exit}: {error}{output}");
            Directory.CreateDirectory(Path.GetDirectoryName(archive)!); // It has a folder above it.

            // Another test may make the same: the name appears when all of it is there.
            var beside = $"{archive}.{Guid.NewGuid():N}";
            File.Copy(fresh, beside);
            File.Delete(fresh);
            File.Move(beside, archive, overwrite: true);
        }

        return archive;
    }

    /// <summary>Until the system has started; "degraded" is what a container is, since it loads no modules.</summary>
    private async Task WaitAsync()
    {
        for (var tries = 0; tries < 120; tries++)
        {
            var (_, state, _) = await RunAsync("systemctl", "is-system-running");
            if (state.Trim() is "running" or "degraded")
            {
                return;
            }

            await Task.Delay(500);
        }

        Assert.Fail("systemd did not boot.");
    }

    private async Task<(int ExitCode, string Output, string Error)> LongAsync(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CONTAINERS_CONF"] = Config;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{tool} could not be started.");
        using var limit = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }
}
