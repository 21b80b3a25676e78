using System.Globalization;
using IronProxy.Targets.Model;

namespace IronProxy.Targets.GithubActions;

/// <summary>The ports on loopback that tests of a build use: any but those that services of the machine have.</summary>
internal static class LoopbackPorts
{
    private const int First = 1024;
    private const int Last = 65535;

    /// <summary>Docker's, where it listens on TCP.</summary>
    private static readonly int[] Docker = [2375, 2376];

    /// <summary>Ranges of all unprivileged ports, without those of the listeners that are for operators.</summary>
    public static string AllBut(IEnumerable<DeploymentListener> listeners)
    {
        var ranges = new List<string>();
        var from = First;
        foreach (var port in listeners.Where(l => !l.IsForWorkloads).Select(l => l.Port).Concat(Docker).Where(p => p >= First).Distinct().Order())
        {
            Add(port - 1);
            from = port + 1;
        }

        Add(Last);
        return string.Join(',', ranges);

        void Add(int to)
        {
            if (from <= to)
            {
                ranges.Add(from == to ? Text(from) : $"{Text(from)}-{Text(to)}");
            }
        }

        static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
    }
}
