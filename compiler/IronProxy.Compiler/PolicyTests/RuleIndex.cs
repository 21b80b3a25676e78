using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.PolicyTests;

/// <summary>An entry of a list in proxy.yaml.</summary>
/// <param name="Place">Its place, such as <c>transforms[0].config.rules[2]</c>.</param>
/// <param name="At">Where it is written; plans name rules by it.</param>
/// <param name="LastLine">The last line of it.</param>
public sealed record RuleEntry(string Place, SourcePosition At, int LastLine);

/// <summary>Translates between the positions that a plan carries and the places that people name.</summary>
public sealed partial class RuleIndex
{
    private readonly ILookup<SourcePosition, RuleEntry> _byPosition;

    private RuleIndex(ImmutableArray<RuleEntry> entries)
    {
        Entries = entries;
        _byPosition = entries.ToLookup(e => e.At);
    }

    /// <summary>All list entries, in the order of the file.</summary>
    public ImmutableArray<RuleEntry> Entries { get; }

    /// <summary>Indexes a proxy.yaml that compiles.</summary>
    public static RuleIndex Of(SourceText source)
    {
        var entries = ImmutableArray.CreateBuilder<RuleEntry>();
        if (YamlReader.Read(new DiagnosticBag(source)) is YamlMapping file)
        {
            foreach (var section in (string[])["transforms", "mcp"])
            {
                if (file.TryGet(section, out var entry))
                {
                    Collect(entry.Value, section, source, entries);
                }
            }
        }

        return new RuleIndex(entries.ToImmutable());
    }

    /// <summary>Whether a text can name an entry: a line, or a place that ends in an index.</summary>
    public static bool IsReference(string text) => Reference().IsMatch(text);

    /// <summary>The place at a position, or null when no list entry begins there.</summary>
    public string? PlaceAt(SourcePosition at) => _byPosition[at].FirstOrDefault()?.Place;

    /// <summary>The list entry that begins at a position, or null.</summary>
    public RuleEntry? EntryAt(SourcePosition at) => _byPosition[at].FirstOrDefault();

    /// <summary>Whether what is written at a position is what a reference names; the front of a place may be left out.</summary>
    public bool Names(string reference, SourcePosition at) =>
        int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out var line)
            ? at.Line == line
            : _byPosition[at].Any(e => EndsWith(e.Place, reference));

    /// <summary>The entries that a reference names.</summary>
    public IEnumerable<RuleEntry> Find(string reference) => Entries.Where(e => Names(reference, e.At));

    private static bool EndsWith(string place, string reference) =>
        place == reference || place.EndsWith("." + reference, StringComparison.Ordinal);

    /// <returns>The last line of the node.</returns>
    private static int Collect(YamlNode node, string place, SourceText source, ImmutableArray<RuleEntry>.Builder entries)
    {
        var last = node.Span.Line;
        switch (node)
        {
            case YamlSequence sequence:
                for (var i = 0; i < sequence.Items.Count; i++)
                {
                    var item = sequence.Items[i];
                    var (itemPlace, index) = ($"{place}[{i}]", entries.Count);
                    var at = new SourcePosition(item.Span.Line, item.Span.Column);
                    entries.Add(new RuleEntry(itemPlace, at, at.Line));
                    var itemLast = Collect(item, itemPlace, source, entries);
                    entries[index] = entries[index] with { LastLine = itemLast };
                    last = Math.Max(last, itemLast);
                }

                break;
            case YamlMapping mapping:
                foreach (var entry in mapping.Entries)
                {
                    last = Math.Max(last, Collect(entry.Value, $"{place}.{entry.Key.Value}", source, entries));
                }

                break;
            default:
                // The text of a block ends with a line break that is no line of its own.
                last = source.Span(node.Span.Start + Math.Max(0, node.Span.Length - 1), 0).Line;
                break;
        }

        return last;
    }

    [GeneratedRegex(@"^([1-9][0-9]{0,8}|([a-z_]+(\[[0-9]{1,9}\])?\.)*[a-z_]+\[[0-9]{1,9}\])\z", RegexOptions.NonBacktracking)]
    private static partial Regex Reference();
}
