using System.Globalization;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>What a process may do, from /proc/PID/status (proc(5), capabilities(7)).</summary>
/// <param name="IsRoot">Whether its effective user is root.</param>
/// <param name="Held">The capabilities that matter which it holds, or can take up by itself.</param>
/// <param name="CouldGain">Those that a setuid program which it starts would have.</param>
internal sealed record ProcessRights(bool IsRoot, IReadOnlyList<string> Held, IReadOnlyList<string> CouldGain)
{
    private static readonly (int Bit, string Name)[] ThatMatter =
    [
        (1, "CAP_DAC_OVERRIDE"),    // reads and writes any file
        (2, "CAP_DAC_READ_SEARCH"), // reads any file
        (7, "CAP_SETUID"),          // becomes the proxy's user, whom rules let through
        (12, "CAP_NET_ADMIN"), // flushes the rules
        (13, "CAP_NET_RAW"),        // packet sockets send below the rules of their own network namespace
        (16, "CAP_SYS_MODULE"),
        (19, "CAP_SYS_PTRACE"),     // reads the proxy's memory
        (21, "CAP_SYS_ADMIN"),      // enters other namespaces
        (39, "CAP_BPF"),
    ];

    public static ProcessRights OfThisProcess() => Parse(File.ReadAllText("/proc/self/status"));

    public static ProcessRights Parse(string status)
    {
        var fields = status.Split('\n')
            .Select(line => line.Split(':', 2))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1].Trim(), StringComparer.Ordinal);

        // Permitted covers effective; inheritable and ambient ones matter to programs that are started.
        var held = Bits("CapPrm") | Bits("CapEff") | Bits("CapAmb");
        var uids = fields.GetValueOrDefault("Uid", "").Split('\t', StringSplitOptions.RemoveEmptyEntries);
        return new ProcessRights(
            uids is [_, "0", ..],
            [.. ThatMatter.Where(c => (held >> c.Bit & 1) != 0).Select(c => c.Name)],
            fields.GetValueOrDefault("NoNewPrivs") == "1" ? [] : [.. ThatMatter.Where(c => (Bits("CapBnd") >> c.Bit & 1) != 0).Select(c => c.Name)]);

        ulong Bits(string name) => ulong.TryParse(fields.GetValueOrDefault(name), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits) ? bits : 0;
    }
}
