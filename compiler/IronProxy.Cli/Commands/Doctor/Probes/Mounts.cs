namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>What is mounted beside the root, from /proc/self/mountinfo (proc(5)).</summary>
internal static class Mounts
{
    private const int MaxMounts = 200;

    /// <summary>File systems of the kernel's own, in which nobody keeps files.</summary>
    private static readonly string[] Virtual =
        ["proc", "sysfs", "devpts", "devtmpfs", "mqueue", "cgroup", "cgroup2", "securityfs", "debugfs", "tracefs", "bpf", "pstore", "autofs", "nsfs", "fusectl", "configfs", "hugetlbfs", "binfmt_misc", "efivarfs"];

    public static IReadOnlyList<string> Read()
    {
        try
        {
            return [.. Parse(File.ReadAllLines("/proc/self/mountinfo")).Take(MaxMounts)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // Without /proc nobody can tell.
        }
    }

    /// <summary>The fifth column is the place; behind the separator stands the kind. Blanks in a place are written as \040.</summary>
    public static IEnumerable<string> Parse(IEnumerable<string> lines) =>
        from line in lines
        let columns = line.Split(' ')
        let separator = Array.IndexOf(columns, "-")
        where separator > 4 && separator + 1 < columns.Length
        let place = columns[4].Replace(@"\040", " ", StringComparison.Ordinal)
        where place != "/" && !Virtual.Contains(columns[separator + 1])
        select place;
}
