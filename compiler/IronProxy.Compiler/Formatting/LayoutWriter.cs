using System.Text;
using IronProxy.Compiler.Binding;
using IronProxy.Diagnostics;
using YamlDotNet.Core;

namespace IronProxy.Compiler.Formatting;

/// <summary>Writes a file in its canonical layout.</summary>
/// <param name="source">The file, for texts over several lines.</param>
internal sealed class LayoutWriter(SourceText source)
{
    private const int MaxWidth = 100;
    private const int Step = 2;

    private readonly StringBuilder _out = new();

    /// <summary>The text of the file.</summary>
    public string Write(LayoutCollection root, IReadOnlyList<LayoutComment> header)
    {
        Comments(header, 0, dropFirstBlank: true);
        var separate = header.Count > 0;
        foreach (var section in LayoutTypes.Ordered(root, typeof(ProxyFileConfig)))
        {
            if (separate)
            {
                _out.Append('\n');
            }

            Entry(root, section, typeof(ProxyFileConfig), 0, first: true);
            separate = true;
        }

        Comments(root.Footer, 0, dropFirstBlank: _out.Length == 0);
        return _out.ToString();
    }

    /// <param name="mapping">The mapping.</param>
    /// <param name="part">Its entry.</param>
    /// <param name="record">The record of the mapping.</param>
    /// <param name="indent">Column of the key.</param>
    /// <param name="first">Whether no empty line may come before it.</param>
    /// <param name="dash">Whether the line began with a dash, and its comments are written.</param>
    private void Entry(LayoutCollection mapping, LayoutPart part, Type? record, int indent, bool first, bool dash = false)
    {
        if (!dash)
        {
            Leading(part, indent, first);
            Indent(indent);
        }

        var name = part.Key!.Value; // Parts of mappings have keys.
        var key = LayoutTypes.Key(record, name);
        _out.Append(ScalarWriter.Text(name)).Append(':');
        Value(part, LayoutTypes.ScalarKind(key), LayoutTypes.Below(mapping, key, part.Value), indent);
    }

    /// <summary>Writes what follows a key.</summary>
    private void Value(LayoutPart part, ConfigValueKind? kind, Type? record, int indent)
    {
        switch (part.Value)
        {
            case LayoutScalar { IsBlock: true } scalar when BlockLines(scalar) is { } lines:
                Block(part, scalar, lines, indent + Step);
                break;
            case LayoutScalar scalar:
                var text = ScalarWriter.Write(scalar, kind);
                EndLine(text.Length == 0 ? "" : $" {text}", part.Inline);
                break;
            case LayoutCollection { Parts.Count: 0 } empty:
                EndLine(empty.IsMapping ? " {}" : " []", part.Inline);
                Comments(empty.Footer, indent + Step, dropFirstBlank: true);
                break;
            case LayoutCollection list when Brackets(list, kind, LineLength()) is { } brackets:
                EndLine($" {brackets}", part.Inline);
                break;
            case LayoutCollection collection:
                EndLine("", part.Inline);
                Collection(collection, kind, record, indent + Step);
                break;
        }
    }

    private void Collection(LayoutCollection collection, ConfigValueKind? kind, Type? record, int indent)
    {
        var first = true;
        foreach (var part in collection.IsMapping ? LayoutTypes.Ordered(collection, record) : collection.Parts)
        {
            if (collection.IsMapping)
            {
                Entry(collection, part, record, indent, first);
            }
            else
            {
                Item(part, kind, record, indent, first);
            }

            first = false;
        }

        Comments(collection.Footer, indent, dropFirstBlank: first);
    }

    private void Item(LayoutPart item, ConfigValueKind? kind, Type? record, int indent, bool first)
    {
        if (item.Value is not LayoutCollection { IsMapping: true, Parts.Count: > 0 } mapping)
        {
            Leading(item, indent, first);
            Indent(indent);
            _out.Append('-');
            Value(item, kind, record, indent);
            return;
        }

        LayoutPart[] entries = [.. LayoutTypes.Ordered(mapping, record)];
        MoveInline(item, entries[0]);

        // What stands above the first key has its place above the dash.
        var moved = new LayoutPart { Parent = item.Parent, Value = item.Value, BlankBefore = item.BlankBefore };
        moved.Leading.AddRange(item.Leading);
        if (entries[0].Leading.Count > 0)
        {
            moved.Leading.Add(entries[0].Leading[0] with { BlankBefore = item.BlankBefore });
            moved.Leading.AddRange(entries[0].Leading.Skip(1));
            moved.BlankBefore = entries[0].BlankBefore;
        }

        Leading(moved, indent, first);
        Indent(indent);
        _out.Append("- ");
        for (var i = 0; i < entries.Length; i++)
        {
            Entry(mapping, entries[i], record, indent + Step, first: i == 0, dash: i == 0);
        }

        Comments(mapping.Footer, indent + Step, dropFirstBlank: false);
    }

    /// <summary>A comment behind a mapping in braces goes behind its first value, or above when that has one or needs several lines.</summary>
    private static void MoveInline(LayoutPart item, LayoutPart first)
    {
        if (item.Inline is not { } comment)
        {
            return;
        }

        item.Inline = null;
        if (first is { Inline: null, Value: LayoutScalar })
        {
            first.Inline = comment;
        }
        else
        {
            item.Leading.Add(new LayoutComment(comment, item.Leading.Count == 0 && item.BlankBefore));
            item.BlankBefore = false;
        }
    }

    private void Leading(LayoutPart part, int indent, bool first)
    {
        Comments(part.Leading, indent, dropFirstBlank: first);
        if (part.BlankBefore && (part.Leading.Count > 0 || !first))
        {
            _out.Append('\n');
        }
    }

    private void Comments(IReadOnlyList<LayoutComment> comments, int indent, bool dropFirstBlank)
    {
        for (var i = 0; i < comments.Count; i++)
        {
            if (comments[i].BlankBefore && !(i == 0 && dropFirstBlank))
            {
                _out.Append('\n');
            }

            Indent(indent);
            _out.Append(comments[i].Text).Append('\n');
        }
    }

    /// <summary>A list of single values in brackets, if it was written so, fits on the line and has no comments; else null.</summary>
    private static string? Brackets(LayoutCollection list, ConfigValueKind? kind, int column)
    {
        if (list.IsMapping || !list.IsFlow || list.Footer.Count > 0 || !list.Parts.TrueForAll(p => p is { Value: LayoutScalar, Inline: null, Leading.Count: 0 }))
        {
            return null;
        }

        var text = $"[{string.Join(", ", list.Parts.Select(p => ScalarWriter.Write((LayoutScalar)p.Value, kind)))}]";
        return column + 1 + text.Length <= MaxWidth ? text : null;
    }

    private void Block(LayoutPart part, LayoutScalar scalar, string[] lines, int indent)
    {
        var chomping = scalar.Value.EndsWith('\n') ? scalar.Value.EndsWith("\n\n", StringComparison.Ordinal) ? "+" : "" : "-";
        EndLine((scalar.Style == ScalarStyle.Literal ? " |" : " >") + chomping, part.Inline);
        foreach (var line in lines)
        {
            if (line.Length > 0)
            {
                Indent(indent);
            }

            _out.Append(line).Append('\n');
        }
    }

    /// <summary>The lines of a text behind <c>|</c> or <c>&gt;</c>, without their indentation; null when it cannot be moved.</summary>
    private string[]? BlockLines(LayoutScalar scalar)
    {
        var raw = source.Content.Substring(scalar.Span.Start, scalar.Span.Length).ReplaceLineEndings("\n");
        var lines = raw.Split('\n');
        var header = lines[0].Split('#')[0];
        var body = lines[1..];
        var first = Array.Find(body, l => l.Trim(' ').Length > 0);
        if (first is null || header.Any(char.IsAsciiDigit) || scalar.Value.EndsWith("\n\n", StringComparison.Ordinal))
        {
            return null;
        }

        // Blanks at the end of a line belong to the text and could not be seen.
        var indentation = first.Length - first.TrimStart(' ').Length;
        var last = Array.FindLastIndex(body, l => l.Trim(' ').Length > 0);
        string[] texts = [.. body[..(last + 1)].Select(l => l.Length <= indentation ? l.Trim(' ') : l[indentation..])];
        return Array.Exists(texts, l => l.EndsWith(' ') || l.EndsWith('\t')) ? null : texts;
    }

    private void EndLine(string text, string? comment)
    {
        _out.Append(text);
        if (comment is not null)
        {
            _out.Append(' ').Append(comment);
        }

        _out.Append('\n');
    }

    private void Indent(int columns) => _out.Append(' ', columns);

    private int LineLength()
    {
        var length = 0;
        while (length < _out.Length && length < MaxWidth && _out[_out.Length - 1 - length] != '\n')
        {
            length++;
        }

        return length;
    }
}
