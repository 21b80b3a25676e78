namespace IronProxy.Compiler.PolicyTests;

/// <summary>A request as people write it: a method and a URL, or CONNECT and <c>host:port</c>.</summary>
public static class RequestText
{
    /// <summary>Splits it into the method and what is behind it.</summary>
    public static bool TrySplit(string? text, out string method, out string target)
    {
        var parts = text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        (method, target) = parts is [var first, var second] ? (first, second) : ("", "");
        return parts.Length == 2;
    }

    /// <summary>Whether a URL has no scheme, so that it cannot be said what is asked. A tunnel has none, and neither has <c>*</c>.</summary>
    public static bool LacksScheme(string method, string target) =>
        method != "CONNECT" && target != "*" && !target.Contains("://", StringComparison.Ordinal);

    /// <summary>A URL without a scheme as it was probably meant.</summary>
    public static string WithScheme(string target) => target.StartsWith('/')
        ? $"https://api.github.com{target}"
        : $"https://{target}{(target.Contains('/', StringComparison.Ordinal) ? "" : "/")}";
}
