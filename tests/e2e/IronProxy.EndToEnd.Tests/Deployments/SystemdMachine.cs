using System.Diagnostics;
using System.Globalization;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;
using IronProxy.Testing.Namespaces;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>
/// A Debian that boots systemd, in a container. Everything of it is in a folder, with which it goes. A test calls <see cref="Require"/>
/// first, which skips it where this cannot be.
/// </summary>
internal sealed class SystemdMachine : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("iron-e2e-machine-").FullName;

    /// <summary>Where a test may put what it mounts.</summary>
    public string Folder => _folder;

    /// <summary>The network that it is in; without one it has loopback alone.</summary>
    public NetworkNamespace? Network { get; init; }

    /// <summary>.NET, which the tests' own build of the programs needs, as a volume.</summary>
    public static string DotnetVolume =>
        Path.GetDirectoryName(Path.GetFullPath(File.ResolveLinkTarget("/usr/bin/dotnet", returnFinalTarget: true)?.FullName ?? Environment.ProcessPath!)) + ":/usr/share/dotnet:ro"; // This is a process.

    private string Config => Path.Combine(_folder, "containers.conf");

    public static void Require()
    {
        Skip.If(NamespaceTools.WhyNot is not null, NamespaceTools.WhyNot);
        foreach (var tool in new[] { "podman", "runc", "mmdebstrap" })
        {
            CommandLine.Require(tool, tool);
        }
    }

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
        await PodmanAsync("import", await BaseSystems.MachineAsync(), "localhost/iron-systemd:test");
        await PodmanAsync(
            [
                "run", "-d", "--name", "machine", "--systemd=always", "--privileged",
                .. Network is null ? (string[])["--network", "none"] : ["--network", $"ns:/run/netns/{Network.Name}", "--dns=none"],
                .. volumes.SelectMany(v => new[] { "--volume", v }), "localhost/iron-systemd:test", "/sbin/init",
            ]);
        await WaitAsync();
    }

    /// <summary>Stops and boots it. What a kernel would have forgotten is gone.</summary>
    public async Task RebootAsync()
    {
        await PodmanAsync("stop", "-t", "20", "machine");
        if (Network is not null)
        {
            await Network.RunAsync("nft", ["flush", "ruleset"]);
        }

        await PodmanAsync("start", "machine");
        await WaitAsync();
    }

    public Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] command) => RunAsync([], command);

    /// <summary>Runs a command.</summary>
    /// <param name="options">What <c>podman exec</c> takes, such as <c>--env</c>.</param>
    /// <param name="command">The command line.</param>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(IEnumerable<string> options, IEnumerable<string> command) =>
        ExecuteAsync("podman", [.. Storage, "exec", .. options, "machine", .. command]);

    /// <summary>A command line that runs another one in it, for those who start processes themselves.</summary>
    public IReadOnlyList<string> CommandOf(IEnumerable<string> options, IEnumerable<string> command) =>
        ["env", $"CONTAINERS_CONF={Config}", "podman", .. Storage, "exec", .. options, "machine", .. command];

    public async Task<string> SucceedAsync(params string[] command)
    {
        var (exit, output, error) = await RunAsync(command);
        Assert.True(exit == 0, $"{string.Join(' ', command)} ended with {exit}: {error}{output}");
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        await ExecuteAsync("podman", [.. Storage, "rm", "-f", "-t", "0", "machine"]);
        await ExecuteAsync("podman", [.. Storage, "rmi", "-f", "localhost/iron-systemd:test"]);

        // The overlay's own mount would keep the folder from being deleted.
        await CommandLine.RunAsync("umount", Path.Combine(_folder, "root", "overlay"));

        // A podman that conmon has started to clean up may outlive the one that was waited for, and write once more.
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(IsDeleted())), $"{_folder} cannot be deleted.");
    }

    private string[] Storage => ["--root", Path.Combine(_folder, "root"), "--runroot", Path.Combine(_folder, "run"), "--tmpdir", Path.Combine(_folder, "tmp")];

    private bool IsDeleted()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return !Directory.Exists(_folder);
        }
    }

    private async Task PodmanAsync(params string[] arguments)
    {
        var (exit, output, error) = await ExecuteAsync("podman", [.. Storage, .. arguments]);
        Assert.True(exit == 0, $"podman {string.Join(' ', arguments)} ended with {exit}: {error}{output}");
    }

    /// <summary>Until the system has started; "degraded" is what a container is, since it loads no modules.</summary>
    private async Task WaitAsync()
    {
        var state = "";
        var booted = await Patience.UntilAsync(async () =>
        {
            (_, state, _) = await RunAsync("systemctl", "is-system-running");
            return state.Trim() is "running" or "degraded";
        });
        Assert.True(booted, $"systemd did not boot: {state}");
    }

    private async Task<(int ExitCode, string Output, string Error)> ExecuteAsync(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CONTAINERS_CONF"] = Config;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{tool} could not be started.");
        using var limit = new CancellationTokenSource(Patience.Build);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{tool} {string.Join(' ', arguments)} did not end.");
        }

        return (process.ExitCode, await output, await error);
    }
}
