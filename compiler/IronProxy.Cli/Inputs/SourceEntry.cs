using System.Collections.Immutable;
using System.Text.Json.Serialization;
using IronProxy.Compiler.PolicyTests;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Cli.Inputs;

/// <summary>An entry of proxy.yaml.</summary>
/// <param name="Place">Its place, such as <c>transforms[0].config.rules[2]</c>.</param>
/// <param name="Line">Its first line.</param>
/// <param name="Lines">Its lines as they are written; of a long entry the first ones.</param>
internal sealed record SourceEntry(string Place, int Line, ImmutableArray<string> Lines)
{
    /// <summary>How many lines of an entry are shown.</summary>
    public const int MaxLines = 12;

    public static SourceEntry? Find(SourcePosition at, RuleIndex? index, SourceText? yaml)
    {
        if (yaml is null || index?.EntryAt(at) is not { } entry)
        {
            return null;
        }

        var count = Math.Min(entry.LastLine - at.Line + 1, MaxLines);
        return new SourceEntry(entry.Place, at.Line, [.. Enumerable.Range(at.Line, count).Select(n => yaml.Line(n).TrimEnd())]);
    }

    /// <summary>The place as people say it: what stands before the transform's own keys is left out.</summary>
    [JsonIgnore]
    public string ShortPlace
    {
        get
        {
            const string Config = ".config.";
            var config = Place.IndexOf(Config, StringComparison.Ordinal);
            return config < 0 ? Place : Place[(config + Config.Length)..];
        }
    }
}
