using System.Collections.Frozen;

namespace IronProxy.Compiler.Schema;

/// <summary>
/// Names that the original product knows and this version does not. A file that uses one is not mistaken, so it hears
/// something else than one with a typing error.
/// </summary>
internal static class PlannedNames
{
    /// <summary>Keys, by the path of the mapping that holds them.</summary>
    private static readonly FrozenDictionary<string, string> Keys = new Dictionary<string, string>
    {
        ["mcp"] = "section",
        ["management"] = "section",
        ["proxy.upstream_proxy"] = "setting",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Values of an enumeration, by the path of the key.</summary>
    private static readonly FrozenDictionary<string, string> Values = new Dictionary<string, string>
    {
        ["tls.mode=sni-only"] = "mode",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What a key is called, or null when it is not planned.</summary>
    public static string? Key(string path) => Keys.GetValueOrDefault(path);

    /// <summary>What a value is called, or null when it is not planned.</summary>
    public static string? Value(string path, string value) => Values.GetValueOrDefault($"{path}={value}");
}
