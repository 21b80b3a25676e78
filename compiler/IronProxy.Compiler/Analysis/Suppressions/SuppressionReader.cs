using System.Text.RegularExpressions;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Analysis.Suppressions;

/// <summary>
/// Reads the comments that are for ironc. One behind a value is about its line, and one on a line of its own about the next
/// line that is no comment.
/// </summary>
internal static partial class SuppressionReader
{
    private const string Mark = "ironc:";

    /// <summary>All such comments, in the order of the file.</summary>
    public static List<Suppression> Read(SourceText source, YamlNode root)
    {
        var found = new List<Suppression>();
        List<SourceSpan>? texts = null;
        for (var at = -1; (at = source.Content.IndexOf(Mark, at + 1, StringComparison.Ordinal)) >= 0;)
        {
            if (BeginsComment(source.Content, at) && !(texts ??= TextsOf(root)).Exists(t => IsInside(source, t, at)))
            {
                found.Add(ReadAt(source, at));
            }
        }

        return found;
    }

    /// <summary>Whether a <c>#</c> with a blank or nothing before it leads to this place.</summary>
    private static bool BeginsComment(string text, int at)
    {
        var hash = text.AsSpan(0, at).LastIndexOfAnyExcept(' ', '\t');
        return hash >= 0 && text[hash] == '#' && (hash == 0 || char.IsWhiteSpace(text[hash - 1]));
    }

    private static Suppression ReadAt(SourceText source, int at)
    {
        var line = source.Span(at, 0).Line;
        var text = source.Line(line)[(at - source.LineStart(line))..].TrimEnd();
        var match = Ignore().Match(text);
        var about = line;
        if (IsComment(source.Line(line)))
        {
            while (IsComment(source.Line(about)))
            {
                about++;
            }
        }

        return new Suppression(
            source.Span(at, text.Length),
            about,
            match.Success ? match.Groups["code"].Value : null,
            match.Groups["reason"] is { Success: true, Value: var reason } ? reason : null);
    }

    private static bool IsComment(string line) => line.AsSpan().TrimStart().StartsWith('#');

    /// <summary>Values that can hold a <c>#</c> behind a blank: those in quotes, and blocks.</summary>
    private static List<SourceSpan> TextsOf(YamlNode root)
    {
        var texts = new List<SourceSpan>();
        var seen = new HashSet<YamlNode>();
        var open = new Stack<YamlNode>([root]);
        while (open.TryPop(out var node))
        {
            // What has an anchor is one node in several places.
            if (!seen.Add(node))
            {
                continue;
            }

            switch (node)
            {
                case YamlScalar { Style: not YamlScalarStyle.Plain }:
                    texts.Add(node.Span);
                    break;
                case YamlSequence sequence:
                    Push(sequence.Items);
                    break;
                case YamlMapping mapping:
                    Push(mapping.Entries.SelectMany(e => new YamlNode[] { e.Key, e.Value }));
                    break;
            }
        }

        return texts;

        void Push(IEnumerable<YamlNode> nodes)
        {
            foreach (var node in nodes)
            {
                open.Push(node);
            }
        }
    }

    /// <summary>Behind the <c>|</c> of a block a comment may stand; its text begins on the next line.</summary>
    private static bool IsInside(SourceText source, SourceSpan text, int at)
    {
        var isBlock = source.Content[text.Start] is '|' or '>';
        return at >= text.Start && at < text.Start + text.Length && !(isBlock && source.Span(at, 0).Line == text.Line);
    }

    [GeneratedRegex(@"^ironc:\s*ignore\s+(?<code>IRON[0-9]+)(?:\s+because\s+(?<reason>\S.*))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Ignore();
}
