using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>Rights with which the workload could take the rules away, get around them, or become somebody whom they let through.</summary>
internal sealed class PrivilegesCheck : IDoctorCheck
{
    private static readonly string[] ContainerSockets =
        ["/var/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock"];

    public string Id => "privileges";

    public IEnumerable<Attempt> Attempts(Workload workload)
    {
        yield return Attempt.Of("user", static () => ProcessRights.OfThisProcess().IsRoot
            ? Outcome.Hole("runs as root", "run the workload as a user of its own: User= of a unit, USER of an image, runAsNonRoot of a pod, 'user' of a task")
            : Outcome.Closed("is not root"));
        yield return Attempt.Of("capabilities", static () => ProcessRights.OfThisProcess().Held is { Count: > 0 } held
            ? Outcome.Hole($"holds {string.Join(", ", held)}", "drop all capabilities (cap_drop: ALL, CapabilityBoundingSet=, capabilities.drop), above all CAP_NET_ADMIN and CAP_NET_RAW")
            : Outcome.Closed("none that matters"));
        yield return Attempt.Of("bounding set", static () => ProcessRights.OfThisProcess().CouldGain is { Count: > 0 } gains
            ? Outcome.Note($"has {string.Join(", ", gains)}, and no_new_privs is off: a program that is setuid root could use them. NoNewPrivileges=yes or allowPrivilegeEscalation: false ends that")
            : Outcome.Closed("no way to a capability that matters"));
        yield return new Attempt("sudo", cancellation => SudoAsync(workload.Settings.Timeout, cancellation));
        foreach (var socket in ContainerSockets.Where(Path.Exists))
        {
            yield return new Attempt(socket, cancellation => ConnectAsync(socket, workload.Settings.Timeout, cancellation));
        }
    }

    /// <summary>Runs <c>true</c>, without a password that was given a while ago (-k) and without asking for one (-n).</summary>
    private static async Task<Outcome> SudoAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo("sudo", ["-k", "-n", "true"]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true })!; // Null only with a shell.
            process.StandardInput.Close();
            await TimeLimit.WithinAsync(
                timeout,
                async limit =>
                {
                    await process.WaitForExitAsync(limit);
                    return true;
                },
                cancellation);
            return process.ExitCode == 0
                ? Outcome.Hole("sudo runs commands as root without a password", "remove the workload's user from sudoers and from the groups that are named there")
                : Outcome.Closed("asks for a password, or refuses");
        }
        catch (Win32Exception)
        {
            return Outcome.Closed("not here");
        }
        catch (TimeoutException e)
        {
            End(process!);
            return Outcome.Closed(e.Message);
        }
        finally
        {
            process?.Dispose();
        }
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (Win32Exception)
        {
            // sudo is root's while it waits, for a resolver for instance, and ends by itself.
        }
    }

    private static async Task<Outcome> ConnectAsync(string path, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await TimeLimit.WithinAsync(
                timeout,
                async limit =>
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), limit);
                    return true;
                },
                cancellation);
            return Outcome.Hole("can be connected to: whoever starts containers is root of this machine", "do not mount it, and take the user out of the group that owns it");
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return Outcome.Closed(e is SocketException s ? ConnectionJudge.Why(s) : e.Message);
        }
    }
}
