using System.Buffers;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Formatting;

/// <summary>A comment and its place.</summary>
/// <param name="Text">With its <c>#</c>, without blanks behind it.</param>
/// <param name="Span">Where it is written.</param>
/// <param name="OwnLine">Whether nothing but blanks stands before it.</param>
internal readonly record struct ScannedComment(string Text, SourceSpan Span, bool OwnLine);

/// <summary>
/// Finds comments: what follows a <c>#</c> at the beginning of a line or behind a blank, outside of values. The YAML parser
/// drops some comments, so its values are only asked where they begin and end.
/// </summary>
internal static class CommentScanner
{
    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\r\n\u0085\u2028\u2029");

    /// <summary>All comments, in the order of the file.</summary>
    public static List<ScannedComment> Scan(SourceText source, LayoutNode root)
    {
        var comments = new List<ScannedComment>();
        var at = 0;
        foreach (var scalar in Scalars(root))
        {
            ScanGap(source, at, scalar.Span.Start, comments);
            at = Math.Max(at, scalar.End);
            if (scalar.IsBlock)
            {
                // A comment may stand behind the | or >, and the text begins on the next line.
                var header = source.Content.AsSpan(scalar.Span.Start, scalar.Span.Length);
                var length = header.IndexOfAny(LineBreaks);
                ScanGap(source, scalar.Span.Start, scalar.Span.Start + (length < 0 ? header.Length : length), comments);
            }
        }

        ScanGap(source, at, source.Content.Length, comments);
        return comments;
    }

    private static IEnumerable<LayoutScalar> Scalars(LayoutNode node) => node switch
    {
        LayoutScalar scalar => [scalar],
        LayoutCollection collection => collection.Parts.SelectMany(p => p.Key is null ? Scalars(p.Value) : Scalars(p.Value).Prepend(p.Key)),
        _ => [],
    };

    private static void ScanGap(SourceText source, int from, int to, List<ScannedComment> comments)
    {
        var text = source.Content;
        for (var i = from; i < to; i++)
        {
            if (text[i] != '#' || (i > 0 && text[i - 1] is not (' ' or '\t') && !LineBreaks.Contains(text[i - 1])))
            {
                continue;
            }

            var length = text.AsSpan(i).IndexOfAny(LineBreaks);
            length = length < 0 ? text.Length - i : length;
            var lineStart = text.AsSpan(0, i).LastIndexOfAny(LineBreaks) + 1;
            comments.Add(new ScannedComment(text.Substring(i, length).TrimEnd(), source.Span(i, length), text.AsSpan(lineStart, i - lineStart).IsWhiteSpace()));
            i += length;
        }
    }
}
