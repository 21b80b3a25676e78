using System.Globalization;

namespace IronProxy.Targets.Workloads;

/// <summary>Ports as options name them: numbers with commas between them.</summary>
public static class PortList
{
    /// <summary>The ports of a text, none for an empty one; null when it is no list of ports.</summary>
    public static int[]? Read(string list)
    {
        var ports = list.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)
            .Distinct()
            .ToArray();
        return ports.All(p => p is > 0 and <= ushort.MaxValue) ? ports : null;
    }
}
