using System.Buffers;
using IronProxy.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace IronProxy.Compiler.Syntax;

/// <summary>
/// Turns the events of the YAML parser into a tree whose values know their place. Aliases and merge keys are resolved
/// here, within bounds, so that nothing behind it knows of them.
/// </summary>
internal sealed class YamlReader
{
    private const int MaxDepth = 100;
    private const long MaxExpandedNodes = 1_000_000;
    private const int MaxMegabytes = 48;
    private const int MaxNodes = 1_500_000;
    private const int MaxSharedLength = 32;
    private const int MaxSharedTexts = 1000;
    private const string CoreTagPrefix = "tag:yaml.org,2002:";
    private const string MergeKey = "<<";

    /// <summary>C0 but tab and line breaks, and DEL. The parser takes NUL for the end of the file, which would drop rules.</summary>
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Append(0x7f).Select(c => (char)c).Except(['\t', '\n', '\r'])]);

    private readonly DiagnosticBag _diagnostics;
    private readonly SourceText _source;
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);
    private int _nodes;
    private long _expanded;
    private int _line = 1;

    private YamlReader(DiagnosticBag diagnostics)
    {
        _diagnostics = diagnostics;
        _source = diagnostics.Source;
        _parser = new Parser(new StringReader(_source.Content));
    }

    /// <summary>Reads the file of the bag. Null when there is no tree worth looking at; the bag says why.</summary>
    public static YamlNode? Read(DiagnosticBag diagnostics)
    {
        var content = diagnostics.Source.Content;
        if (content.Length > MaxMegabytes << 20)
        {
            diagnostics.FileTooLarge(diagnostics.Source.Span(0, 0), $"{MaxMegabytes} MB");
            return null;
        }

        if (content.AsSpan().IndexOfAny(Forbidden) is >= 0 and var at)
        {
            diagnostics.ControlCharacter(diagnostics.Source.Span(at, 1), content[at]);
            return null;
        }

        try
        {
            return new YamlReader(diagnostics).ReadFile();
        }
        catch (YamlException e)
        {
            diagnostics.ReportParserError(e);
            return null;
        }
        catch (LimitException)
        {
            return null;
        }
    }

    private YamlNode? ReadFile()
    {
        Next();
        Next();
        if (_parser.Current is not DocumentStart)
        {
            _diagnostics.EmptyFile(_source.Span(0, 0));
            return null;
        }

        Next();
        var root = ReadNode(1);
        Next();
        Next();
        if (_parser.Current is DocumentStart second)
        {
            _diagnostics.SecondDocument(SpanOf(second));
        }

        if (root.IsNull)
        {
            _diagnostics.EmptyFile(root.Span);
            return null;
        }

        return root;
    }

    /// <summary>Reads the node whose first event is current, and stops at its last event.</summary>
    private YamlNode ReadNode(int depth)
    {
        var current = _parser.Current!;
        if (depth > MaxDepth)
        {
            _diagnostics.TooDeep(SpanOf(current), MaxDepth);
            throw new LimitException();
        }

        if (++_nodes > MaxNodes)
        {
            _diagnostics.FileTooLarge(SpanOf(current), "one and a half million keys and values");
            throw new LimitException();
        }

        if (current is AnchorAlias alias)
        {
            return Resolve(alias, depth);
        }

        // For a lone colon the parser gives a key and no value.
        var node = current as NodeEvent ?? throw new YamlException(current.Start, current.End, "a value is missing here");
        CheckTag(node);
        var span = SpanOf(node);
        CheckIndentation(span);
        YamlNode result = node switch
        {
            Scalar scalar => ReadScalar(scalar, span),
            SequenceStart sequence => ReadSequence(sequence, depth),
            MappingStart mapping => ReadMapping(mapping, depth),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor.Value] = result;
        }

        return result;
    }

    private YamlScalar ReadScalar(Scalar scalar, SourceSpan span)
    {
        var style = scalar.Style switch
        {
            ScalarStyle.SingleQuoted => YamlScalarStyle.SingleQuoted,
            ScalarStyle.DoubleQuoted => YamlScalarStyle.DoubleQuoted,
            ScalarStyle.Literal or ScalarStyle.Folded => YamlScalarStyle.Block,

            // A value with the tag !!str is text, as if it stood in quotes.
            _ when !scalar.Tag.IsEmpty && (scalar.Tag.IsNonSpecific || scalar.Tag.Value == CoreTagPrefix + "str") => YamlScalarStyle.Block,
            _ => YamlScalarStyle.Plain,
        };
        return new YamlScalar(span, Shared(scalar.Value), style);
    }

    /// <summary>One object for equal texts: keys, methods and paths are repeated in every rule of a long file.</summary>
    private string Shared(string text)
    {
        if (text.Length > MaxSharedLength)
        {
            return text;
        }

        if (_texts.TryGetValue(text, out var known))
        {
            return known;
        }

        if (_texts.Count < MaxSharedTexts)
        {
            _texts.Add(text);
        }

        return text;
    }

    private YamlSequence ReadSequence(SequenceStart start, int depth)
    {
        var sequence = new YamlSequence(Span((int)start.Start.Index, 1));
        for (Next(); _parser.Current is not SequenceEnd; Next())
        {
            sequence.Add(ReadNode(depth + 1));
        }

        return sequence;
    }

    private YamlMapping ReadMapping(MappingStart start, int depth)
    {
        Next();

        // The first key stands for a block mapping, the brace for one in braces.
        var mapping = new YamlMapping(start.Style == MappingStyle.Block && _parser.Current is Scalar first
            ? SpanOf(first)
            : Span((int)start.Start.Index, 1));
        List<YamlEntry>? merges = null;
        for (; _parser.Current is not MappingEnd; Next())
        {
            var keyStart = _parser.Current!;
            var key = ReadNode(depth + 1) as YamlScalar;
            Next();
            var value = ReadNode(depth + 1);
            if (key is null || keyStart is AnchorAlias)
            {
                _diagnostics.KeyNotScalar(_source.Span((int)keyStart.Start.Index, 1));
            }
            else if (key is { Value: MergeKey, Style: YamlScalarStyle.Plain })
            {
                (merges ??= []).Add(new YamlEntry(key, value));
            }
            else if (!mapping.TryAdd(new YamlEntry(key, value)))
            {
                mapping.TryGet(key.Value, out var earlier);
                _diagnostics.DuplicateKey(key, earlier.Key.Span);
            }
        }

        for (var i = 1; i < merges?.Count; i++)
        {
            _diagnostics.DuplicateKey(merges[i].Key, merges[0].Key.Span);
        }

        if (merges is not null)
        {
            Merge(mapping, merges[0].Value);
        }

        return mapping;
    }

    /// <summary>The mapping's own keys win over merged ones, and earlier merged mappings over later ones.</summary>
    private void Merge(YamlMapping into, YamlNode value)
    {
        IEnumerable<YamlNode> sources = value is YamlSequence list ? list.Items : [value];
        foreach (var source in sources)
        {
            if (source is not YamlMapping from)
            {
                _diagnostics.InvalidMerge(source.Span);
                continue;
            }

            Expand(from, into.Span);
            foreach (var entry in from.Entries)
            {
                into.TryAdd(entry);
            }
        }
    }

    private YamlNode Resolve(AnchorAlias alias, int depth)
    {
        var span = SpanOf(alias);
        var name = alias.Value.Value;
        if (!_anchors.TryGetValue(name, out var node))
        {
            _diagnostics.UnknownAnchor(span, name, Suggestions.Nearest(name, _anchors.Keys));
            return new YamlScalar(span, "", YamlScalarStyle.Unresolved);
        }

        if (depth + node.Height - 1 > MaxDepth)
        {
            _diagnostics.TooDeep(span, MaxDepth);
            throw new LimitException();
        }

        Expand(node, span);
        return node;
    }

    private void Expand(YamlNode node, SourceSpan at)
    {
        _expanded += node.ExpandedSize;
        if (_expanded > MaxExpandedNodes)
        {
            _diagnostics.AliasesTooLarge(at, MaxExpandedNodes);
            throw new LimitException();
        }
    }

    private void CheckTag(NodeEvent node)
    {
        if (node.Tag.IsEmpty || node.Tag.IsNonSpecific)
        {
            return;
        }

        var tag = node.Tag.Value;
        var known = tag.StartsWith(CoreTagPrefix, StringComparison.Ordinal)
            && tag[CoreTagPrefix.Length..] is "str" or "int" or "bool" or "float" or "null" or "seq" or "map";
        if (!known)
        {
            _diagnostics.CustomTag(SpanOf(node), tag);
        }
    }

    /// <summary>The parser lets some tabs pass that other parsers refuse.</summary>
    private void CheckIndentation(SourceSpan start)
    {
        var lineStart = start.Start - start.Column + 1;
        var before = _source.Content.AsSpan(lineStart, start.Column - 1);
        if (before.IsWhiteSpace() && before.Contains('\t'))
        {
            _diagnostics.TabIndentation(_source.Span(lineStart + before.IndexOf('\t'), 1));
        }
    }

    private void Next()
    {
        try
        {
            _parser.MoveNext();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // For some broken files the parser fails instead of saying what is wrong. Fuzzing finds them.
            var at = _parser.Current?.End ?? Mark.Empty;
            throw new YamlException(at, at, "what follows cannot be understood", e);
        }
    }

    private SourceSpan SpanOf(ParsingEvent e)
    {
        // At the end of the file the parser's marks can lie behind it, and of values without text the end before the start.
        var start = (int)Math.Min(e.Start.Index, _source.Content.Length);
        var length = Math.Max((int)e.End.Index - start, 0);

        // Of a value over several lines, the first line is shown.
        var lineBreak = _source.Content.AsSpan(start, Math.Min(length, _source.Content.Length - start)).IndexOfAny('\r', '\n');
        return Span(start, lineBreak >= 0 && e is not Scalar ? lineBreak : length);
    }

    private SourceSpan Span(int start, int length) => _source.Span(start, length, ref _line);

    /// <summary>Ends the reading after a bound was reported. It never leaves this class.</summary>
    private sealed class LimitException : Exception;
}
