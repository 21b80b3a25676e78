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
public sealed record RuleEntry(string Place, SourcePosition At);

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
        if (YamlReader.Read(new DiagnosticBag(source)) is YamlMapping file && file.TryGet("transforms", out var transforms))
        {
            Collect(transforms.Value, "transforms", entries);
        }

        return new RuleIndex(entries.ToImmutable());
    }

    /// <summary>Whether a text can name an entry: a line, or a place that ends in an index.</summary>
    public static bool IsReference(string text) => Reference().IsMatch(text);

    /// <summary>The place at a position, or null when no list entry begins there.</summary>
    public string? PlaceAt(SourcePosition at) => _byPosition[at].FirstOrDefault()?.Place;

    /// <summary>Whether what is written at a position is what a reference names; the front of a place may be left out.</summary>
    public bool Names(string reference, SourcePosition at) =>
        int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out var line)
            ? at.Line == line
            : _byPosition[at].Any(e => EndsWith(e.Place, reference));

    /// <summary>The entries that a reference names.</summary>
    public IEnumerable<RuleEntry> Find(string reference) => Entries.Where(e => Names(reference, e.At));

    private static bool EndsWith(string place, string reference) =>
        place == reference || place.EndsWith("." + reference, StringComparison.Ordinal);

    private static void Collect(YamlNode node, string place, ImmutableArray<RuleEntry>.Builder entries)
    {
        switch (node)
        {
            case YamlSequence sequence:
                for (var i = 0; i < sequence.Items.Count; i++)
                {
                    var item = sequence.Items[i];
                    var itemPlace = $"{place}[{i}]";
                    entries.Add(new RuleEntry(itemPlace, new SourcePosition(item.Span.Line, item.Span.Column)));
                    Collect(item, itemPlace, entries);
                }

                break;
            case YamlMapping mapping:
                foreach (var entry in mapping.Entries)
                {
                    Collect(entry.Value, $"{place}.{entry.Key.Value}", entries);
                }

                break;
        }
    }

    [GeneratedRegex(@"^([1-9][0-9]{0,8}|([a-z_]+(\[[0-9]{1,9}\])?\.)*[a-z_]+\[[0-9]{1,9}\])\z", RegexOptions.NonBacktracking)]
    private static partial Regex Reference();
}
