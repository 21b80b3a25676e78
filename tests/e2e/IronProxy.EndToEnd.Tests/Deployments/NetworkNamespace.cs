using System.Diagnostics;
using System.Runtime.InteropServices;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>A network of its own in the kernel. Nothing in it reaches the network of the machine.</summary>
internal sealed class NetworkNamespace : IAsyncDisposable
{
    private const int CloneNewNet = 0x40000000; // sched.h

    private NetworkNamespace(string name) => Name = name;

    public string Name { get; }

    private string File => "/run/netns/" + Name;

    /// <summary>Skips the test where namespaces cannot be made.</summary>
    public static void Require()
    {
        CommandLine.Require("ip", "iproute2");
        CommandLine.Require("nsenter", "util-linux");
        CommandLine.Require("setpriv", "util-linux");
        Skip.IfNot(Environment.IsPrivilegedProcess, "network namespaces need root");
        using var probe = Process.Start(new ProcessStartInfo("unshare", ["--net", "true"]) { RedirectStandardError = true });
        probe!.WaitForExit(); // Found by the shell's own package, util-linux.
        Skip.IfNot(probe.ExitCode == 0, "the kernel, or the container that this runs in, allows no network namespaces");
    }

    public static async Task<NetworkNamespace> CreateAsync(string purpose)
    {
        var created = new NetworkNamespace($"iron-{purpose}-{Guid.NewGuid().ToString("N")[..8]}");
        await CommandLine.SucceedAsync("ip", "netns", "add", created.Name);
        await created.IpAsync("link", "set", "lo", "up");
        return created;
    }

    /// <summary>Runs ip(8) inside.</summary>
    public Task<string> IpAsync(params string[] arguments) => CommandLine.SucceedAsync("ip", ["-n", Name, .. arguments]);

    /// <summary>Runs a program inside, as a user by number or name.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(string user, params string[] command) =>
        CommandLine.RunAsync("nsenter", ["--net=" + File, .. As(user), .. command]);

    /// <summary>The command that starts a program inside.</summary>
    public IEnumerable<string> CommandOf(string user, params IEnumerable<string> command) => ["nsenter", "--net=" + File, .. As(user), .. command];

    /// <summary>Does something on a thread that is inside: sockets that it makes belong there for good.</summary>
    public void Do(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var file = System.IO.File.OpenHandle(File);
                if (setns(file, CloneNewNet) != 0)
                {
                    throw new InvalidOperationException($"setns: error {Marshal.GetLastPInvokeError()}");
                }

                action();
            }
#pragma warning disable CA1031 // It is thrown again, on the thread that waits.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException("Inside of a network namespace: " + failure.Message, failure);
        }
    }

    public async ValueTask DisposeAsync() => await CommandLine.RunAsync("ip", "netns", "del", Name);

    private static string[] As(string user) =>
        user == "root" ? [] : ["setpriv", "--reuid", user, "--regid", user == "nobody" ? "nogroup" : user, "--clear-groups", "--"];

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setns(SafeHandle file, int type);
}
