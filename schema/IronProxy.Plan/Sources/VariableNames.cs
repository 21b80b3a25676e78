namespace IronProxy.Plan;

/// <summary>Names of environment variables.</summary>
public static class VariableNames
{
    /// <summary>Whether a name is one that shells, init systems and platforms all pass on: ASCII letters, digits and '_', without a digit at its start (POSIX.1-2024, XBD 8.1, in either case).</summary>
    public static bool IsPortable(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
