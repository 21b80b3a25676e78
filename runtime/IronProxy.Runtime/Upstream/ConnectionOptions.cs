using Microsoft.Extensions.Primitives;

namespace IronProxy.Runtime.Upstream;

/// <summary>The names in a Connection header (RFC 9110, 7.6.1): headers that belong to this connection alone.</summary>
internal static class ConnectionOptions
{
    /// <summary>What nearly all say, so that nothing is allocated for it.</summary>
    private static readonly HashSet<string> KeepAlive = Names("keep-alive");
    private static readonly HashSet<string> Close = Names("close");

    /// <summary>Reads the values of a head's Connection lines. The result is only read.</summary>
    public static HashSet<string> Parse(StringValues values)
    {
        if (values is [{ } only])
        {
            if (KeepAlive.Contains(only))
            {
                return KeepAlive;
            }

            if (Close.Contains(only))
            {
                return Close;
            }
        }

        var names = Names();
        foreach (var value in values)
        {
            names.UnionWith((value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }

        return names;
    }

    private static HashSet<string> Names(params string[] names) => new(names, StringComparer.OrdinalIgnoreCase);
}
