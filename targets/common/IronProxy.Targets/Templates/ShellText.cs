namespace IronProxy.Targets.Templates;

/// <summary>Text in shell scripts.</summary>
public static class ShellText
{
    /// <summary>One word for a POSIX shell, whatever is in it (POSIX.1-2024, 2.2.2).</summary>
    public static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '=' or '@' or ',')
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
