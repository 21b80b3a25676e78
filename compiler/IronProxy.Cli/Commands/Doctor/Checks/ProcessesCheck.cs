using System.Globalization;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>The environments of other processes, as /proc shows them: the proxy's holds real secrets.</summary>
internal sealed class ProcessesCheck : IDoctorCheck
{
    private const string Remedy =
        "run the proxy as a user of its own, in a container or PID namespace of its own, and the workload without CAP_SYS_PTRACE and not as root";

    public string Id => "processes";

    public IEnumerable<Attempt> Attempts(Workload workload) => [Attempt.Of("/proc/*/environ", () => Look(workload.Policy))];

    private static Outcome Look(PolicyFacts? policy)
    {
        var self = Owner(Environment.ProcessId);
        var (others, found) = (0, new SortedSet<string>(StringComparer.Ordinal));
        foreach (var pid in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Select(Number).OfType<int>().Where(p => p != Environment.ProcessId))
        {
            others++;
            var before = Owner(pid);
            if (TryRead(pid, "environ") is { Length: > 0 } environ)
            {
                // One that ends meanwhile has no owner any more; one that starts as somebody else becomes this user's, or was.
                var name = TryRead(pid, "comm")?.TrimEnd('\n') ?? "?";
                var after = Owner(pid);
                if (name == "iron-proxy" || (before != self && after is not null && after != self))
                {
                    found.Add($"{name} ({pid})");
                }
                else if (HoldsSecret(environ, policy) is { } variable)
                {
                    found.Add($"{variable} of {name} ({pid})");
                }
            }
        }

        return found.Count > 0
            ? Outcome.Hole($"this user can read the environment of {string.Join(", ", found.Take(5))}{(found.Count > 5 ? $" and {found.Count - 5} more" : "")}", Remedy)
            : Outcome.Closed($"of {others} other {(others == 1 ? "process" : "processes")} none shows what this user must not see");
    }

    private static string? HoldsSecret(string environ, PolicyFacts? policy)
    {
        foreach (var entry in policy is null ? [] : environ.Split('\0'))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0
                && policy!.SecretVariables.TryGetValue(entry[..equals], out var placeholders)
                && equals + 1 < entry.Length
                && !placeholders.Contains(entry[(equals + 1)..], StringComparer.Ordinal))
            {
                return entry[..equals];
            }
        }

        return null;
    }

    private static string? Owner(int pid) => TryRead(pid, "status")?.Split('\n').FirstOrDefault(l => l.StartsWith("Uid:", StringComparison.Ordinal));

    private static string? TryRead(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // Not ours to read, or it has ended.
        }
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
