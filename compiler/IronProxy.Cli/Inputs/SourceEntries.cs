using IronProxy.Compiler.PolicyTests;
using IronProxy.Diagnostics;
using IronProxy.Pipeline.Explaining;
using IronProxy.Plan;

namespace IronProxy.Cli.Inputs;

/// <summary>Finds entries of a proxy.yaml.</summary>
internal static class SourceEntries
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
}
