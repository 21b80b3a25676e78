namespace IronProxy.Pipeline.Transforms;

/// <summary>Changes a raw query without touching its other parameters.</summary>
internal static class QueryString
{
    /// <summary>Sets a parameter: those of the same name, in any spelling, are removed, and it is added at the end.</summary>
    /// <param name="query">The query with its question mark, or empty.</param>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">The parameter's value.</param>
    public static string Set(string query, string name, string value)
    {
        var kept = query.Length > 1
            ? query[1..].Split('&').Where(p => !string.Equals(NameOf(p), name, StringComparison.Ordinal))
            : [];
        return "?" + string.Join('&', kept.Append($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}"));
    }

    private static string NameOf(string parameter)
    {
        var equals = parameter.IndexOf('=', StringComparison.Ordinal);
        return Uri.UnescapeDataString((equals < 0 ? parameter : parameter[..equals]).Replace('+', ' '));
    }
}
