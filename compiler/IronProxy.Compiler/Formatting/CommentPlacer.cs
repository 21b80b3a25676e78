using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Formatting;

/// <summary>Decides which part of the file each comment belongs to, so that it moves with it.</summary>
internal sealed class CommentPlacer
{
    private const string EditorLine = "# yaml-language-server:";

    private readonly SourceText _source;
    private readonly LayoutCollection _root;

    /// <summary>All parts in the order in which they begin, the outer one first.</summary>
    private readonly List<LayoutPart> _parts = [];

    /// <summary>Places that a comment on the same line belongs to, by the offset where they end.</summary>
    private readonly List<(int Offset, LayoutPart Part)> _ends = [];

    private readonly Dictionary<LayoutCollection, LayoutPart> _owners = [];

    private CommentPlacer(SourceText source, LayoutCollection root)
    {
        (_source, _root) = (source, root);
        Collect(root);
        _ends.Sort((a, b) => a.Offset.CompareTo(b.Offset));
    }

    /// <summary>Places comments.</summary>
    /// <returns>Those that belong to the file as a whole and stay at its top.</returns>
    public static List<LayoutComment> Place(SourceText source, LayoutCollection root, IEnumerable<ScannedComment> comments)
    {
        var placer = new CommentPlacer(source, root);
        var header = new List<LayoutComment>();
        foreach (var comment in comments)
        {
            if (root.Parts.Count == 0)
            {
                header.Add(placer.Own(comment));
            }
            else
            {
                placer.Place(comment);
            }
        }

        if (root.Parts.Count > 0)
        {
            TakeHeader(root.Parts[0], header);
        }

        return header;
    }

    private void Collect(LayoutCollection collection)
    {
        var lineBefore = 0;
        foreach (var part in collection.Parts)
        {
            _parts.Add(part);

            // The first key of an item stands behind the dash: what is above belongs to the item.
            var behindDash = ReferenceEquals(part, collection.Parts[0]) && _owners.TryGetValue(collection, out var owner) && owner.Key is null;
            part.BlankBefore = !behindDash && part.Start.Line - 1 > lineBefore && IsBlank(part.Start.Line - 1);
            lineBefore = part.Value.Span.Line;
            if (part.Value is not LayoutCollection child)
            {
                _ends.Add((part.Value.End, part));
                continue;
            }

            _owners.Add(child, part);
            if (part.Key is { } key)
            {
                _ends.Add((key.End, part));
            }

            if (child.IsFlow)
            {
                _ends.Add((child.Span.Start, part));
                _ends.Add((child.End, part));
            }

            Collect(child);
        }
    }

    private void Place(ScannedComment comment)
    {
        var at = comment.Span.Start;
        if (!comment.OwnLine && EndBefore(comment) is { Inline: null } part)
        {
            part.Inline = comment.Text;
            return;
        }

        // Parts are in order: this is the first that begins behind the comment.
        var index = FirstBehind(at);
        var next = index < _parts.Count ? _parts[index] : null;
        var previous = index > 0 ? _parts[index - 1] : null;
        if (previous is { Value: LayoutScalar scalar } && scalar.Span.Start > at)
        {
            next = previous; // Between a key and its value on another line.
        }
        else if (previous is not null && comment.OwnLine && Ended(previous, next, comment) is { } ended)
        {
            ended.Footer.Add(Own(comment));
            return;
        }

        if (next is null)
        {
            _root.Footer.Add(Own(comment));
        }
        else
        {
            next.Leading.Add(Own(comment));
        }
    }

    /// <summary>The part whose value or key ends before the comment on its line.</summary>
    private LayoutPart? EndBefore(ScannedComment comment)
    {
        var (low, high) = (0, _ends.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _ends[middle].Offset <= comment.Span.Start ? (middle + 1, high) : (low, middle);
        }

        // Behind a block of text the comment is on the line of its | or >, before the end of the value.
        if (low < _ends.Count && _ends[low].Part is { Value: LayoutScalar { IsBlock: true } block } behind && block.Span.Start < comment.Span.Start)
        {
            return behind;
        }

        if (low == 0)
        {
            return null;
        }

        var (offset, part) = _ends[low - 1];
        return _source.Span(offset, 0).Line == comment.Span.Line ? part : null;
    }

    private int FirstBehind(int offset)
    {
        var (low, high) = (0, _parts.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _parts[middle].Start.Start <= offset ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>
    /// The collection that ends between two parts and that the comment belongs to: the innermost that is not indented more
    /// than the comment is, or whose brackets it stands in.
    /// </summary>
    private LayoutCollection? Ended(LayoutPart previous, LayoutPart? next, ScannedComment comment)
    {
        var collection = previous.Value as LayoutCollection ?? previous.Parent;
        while (!ReferenceEquals(collection, _root) && !IsAround(collection, next))
        {
            var belongs = collection.IsFlow
                ? comment.Span.Start < collection.End
                : collection.Span.Column <= comment.Span.Column && collection.Span.Column > (next?.Start.Column ?? _root.Span.Column) && collection.Parts.Count > 0;
            if (belongs)
            {
                return collection;
            }

            collection = _owners[collection].Parent;
        }

        return null;
    }

    private bool IsAround(LayoutCollection collection, LayoutPart? part)
    {
        for (var parent = part?.Parent; parent is not null; parent = _owners.TryGetValue(parent, out var owner) ? owner.Parent : null)
        {
            if (ReferenceEquals(parent, collection))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What stands above the first section, with an empty line behind it, is about the file.</summary>
    private static void TakeHeader(LayoutPart first, List<LayoutComment> header)
    {
        var count = first.BlankBefore ? first.Leading.Count : first.Leading.FindLastIndex(c => c.BlankBefore);
        count = Math.Max(count, first.Leading.FindLastIndex(c => c.Text.StartsWith(EditorLine, StringComparison.Ordinal)) + 1);
        if (count > 0)
        {
            header.AddRange(first.Leading.Take(count));
            first.Leading.RemoveRange(0, count);
        }
    }

    private LayoutComment Own(ScannedComment comment) => new(comment.Text, IsBlank(comment.Span.Line - 1));

    private bool IsBlank(int line) => line >= 1 && string.IsNullOrWhiteSpace(_source.Line(line));
}
