using System.Diagnostics;
using IronProxy.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace IronProxy.Compiler.Formatting;

/// <summary>Reads how a file is laid out. The file was compiled before, so that its syntax is known to be good.</summary>
internal sealed class LayoutReader
{
    private const string TextTag = "tag:yaml.org,2002:str";

    private readonly DiagnosticBag _bag;
    private readonly Parser _parser;

    private LayoutReader(DiagnosticBag bag)
    {
        _bag = bag;
        _parser = new Parser(new StringReader(bag.Source.Content));
    }

    /// <summary>The collections and scalars of the file; null when it has anchors, which the bag then says.</summary>
    public static LayoutCollection? Read(DiagnosticBag bag)
    {
        var reader = new LayoutReader(bag);
        while (reader._parser.Current is not DocumentStart)
        {
            reader.Next();
        }

        reader.Next();
        return reader.ReadNode() is LayoutCollection root && !bag.HasErrors ? root : null;
    }

    /// <summary>Reads the node whose first event is current, and stops at its last event.</summary>
    private LayoutNode ReadNode()
    {
        var current = _parser.Current;
        if (current is AnchorAlias || current is NodeEvent { Anchor.IsEmpty: false })
        {
            _bag.AnchorNotFormatted(SpanOf(current));
        }

        return current switch
        {
            AnchorAlias alias => new LayoutScalar(SpanOf(alias), "", ScalarStyle.Plain, isText: false),
            Scalar scalar => new LayoutScalar(SpanOf(scalar), scalar.Value, scalar.Style, IsText(scalar)),
            SequenceStart start => ReadCollection(new LayoutCollection(SpanOf(start), isMapping: false, start.Style == SequenceStyle.Flow)),
            MappingStart start => ReadCollection(new LayoutCollection(SpanOf(start), isMapping: true, start.Style == MappingStyle.Flow)),
            _ => throw new UnreachableException($"A value begins with {current}."),
        };
    }

    private LayoutCollection ReadCollection(LayoutCollection collection)
    {
        Next();
        if (!collection.IsFlow)
        {
            // Behind tags, which are not kept.
            collection.Span = collection.Span with { Length = 0 };
        }

        while (_parser.Current is not (SequenceEnd or MappingEnd))
        {
            LayoutScalar? key = null;
            if (collection.IsMapping)
            {
                key = ReadNode() as LayoutScalar ?? throw new UnreachableException("Keys are single values, or the file has an error.");
                if (key is { Value: "<<", Style: ScalarStyle.Plain })
                {
                    _bag.AnchorNotFormatted(key.Span);
                }

                Next();
            }

            collection.Parts.Add(new LayoutPart { Parent = collection, Key = key, Value = ReadNode() });
            Next();
        }

        collection.Span = collection.Span with { Length = Math.Max(0, EndOf(collection) - collection.Span.Start) };
        return collection;
    }

    /// <summary>Offset behind a collection whose last event is current. The parser's mark is before the bracket or behind it.</summary>
    private int EndOf(LayoutCollection collection)
    {
        if (!collection.IsFlow)
        {
            return collection.Parts.Count == 0 ? collection.Span.Start : collection.Parts[^1].Value.End;
        }

        var content = _bag.Source.Content;
        var end = Math.Min((int)_parser.Current!.End.Index, content.Length); // The caller has looked at it.
        return end < content.Length && content[end] is ']' or '}' ? end + 1 : end;
    }

    private static bool IsText(Scalar scalar) => !scalar.Tag.IsEmpty && (scalar.Tag.IsNonSpecific || scalar.Tag.Value == TextTag);

    private void Next() => _parser.MoveNext();

    private SourceSpan SpanOf(ParsingEvent e) => _bag.Source.Span((int)e.Start.Index, (int)(e.End.Index - e.Start.Index));
}
