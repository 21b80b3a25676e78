namespace IronProxy.Pipeline;

/// <summary>The names in a Connection header (RFC 9110, 7.6.1): headers that belong to this connection alone.</summary>
public static class ConnectionOptions
{
    /// <summary>What nearly all say, so that nothing is allocated for it.</summary>
    private static readonly HashSet<string> KeepAlive = Names("keep-alive");
    private static readonly HashSet<string> Close = Names("close");

    /// <summary>
    /// Reads the value of a head's Connection header. The result is only read. Blanks and tabs are taken off, and nothing else that .NET has for white space
    /// (RFC 9110, 5.6.3): heads are read as Latin-1, where that is two more characters.
    /// </summary>
    public static IReadOnlySet<string> Parse(string value) => KeepAlive.Contains(value) ? KeepAlive
        : Close.Contains(value) ? Close
        : Names([.. value.Split(',').Select(static n => n.Trim(' ', '\t')).Where(static n => n.Length > 0)]);

    private static HashSet<string> Names(params string[] names) => new(names, StringComparer.OrdinalIgnoreCase);
}
