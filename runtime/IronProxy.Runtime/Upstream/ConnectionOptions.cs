namespace IronProxy.Runtime.Upstream;

/// <summary>The names in a Connection header (RFC 9110, 7.6.1): headers that belong to this connection alone.</summary>
internal static class ConnectionOptions
{
    public static HashSet<string> Parse(IEnumerable<string?> values)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var value in values)
        {
            foreach (var name in (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                names.Add(name);
            }
        }

        return names;
    }
}
