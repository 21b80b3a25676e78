using System.Globalization;

namespace IronProxy.Runtime.Limits;

/// <summary>How many files the process may open, from /proc/self/limits (proc_pid_limits(5)): .NET has no call that says it.</summary>
public static class OpenFileLimit
{
    private const string Line = "Max open files";

    /// <summary>The soft limit, which is the one that holds; .NET raises it to the hard one at its start.</summary>
    /// <param name="limits">The file's content.</param>
    public static long Parse(string limits)
    {
        foreach (var line in limits.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(Line, StringComparison.Ordinal))
            {
                var rest = line[Line.Length..].TrimStart();
                var soft = rest[..rest.IndexOf(' ')];
                return soft is "unlimited" ? int.MaxValue : long.Parse(soft, NumberStyles.None, CultureInfo.InvariantCulture);
            }
        }

        throw new FormatException($"/proc/self/limits has no line '{Line}'.");
    }
}
