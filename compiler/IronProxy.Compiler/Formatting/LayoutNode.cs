using IronProxy.Diagnostics;
using YamlDotNet.Core;

namespace IronProxy.Compiler.Formatting;

/// <summary>A value as it is laid out in the file.</summary>
/// <param name="span">From its first character to behind its last.</param>
internal abstract class LayoutNode(SourceSpan span)
{
    /// <summary>From its first character to behind its last; of a block collection, to behind its last value.</summary>
    public SourceSpan Span { get; set; } = span;

    /// <summary>Offset behind the last character.</summary>
    public int End => Span.Start + Span.Length;
}

/// <summary>A single value.</summary>
/// <param name="span">Its place.</param>
/// <param name="value">The text, without quotes and escapes.</param>
/// <param name="style">How it is written.</param>
/// <param name="isText">Whether a tag says that it is text, as quotes would.</param>
internal sealed class LayoutScalar(SourceSpan span, string value, ScalarStyle style, bool isText) : LayoutNode(span)
{
    /// <summary>The text, without quotes and escapes.</summary>
    public string Value { get; } = value;

    /// <summary>How it is written.</summary>
    public ScalarStyle Style { get; } = style;

    /// <summary>Whether it is written without quotes, so that its place decides what type it has.</summary>
    public bool IsPlain => Style == ScalarStyle.Plain && !isText;

    /// <summary>Whether it is written over several lines behind <c>|</c> or <c>&gt;</c>.</summary>
    public bool IsBlock => Style is ScalarStyle.Literal or ScalarStyle.Folded;

    /// <summary>Whether it means that the key is absent.</summary>
    public bool IsNull => IsPlain && Value is ("" or "~" or "null" or "Null" or "NULL");
}

/// <summary>A list or a mapping.</summary>
/// <param name="span">Its place.</param>
/// <param name="isMapping">Whether its parts have keys.</param>
/// <param name="isFlow">Whether it is written in brackets or braces.</param>
internal sealed class LayoutCollection(SourceSpan span, bool isMapping, bool isFlow) : LayoutNode(span)
{
    /// <summary>Whether its parts have keys.</summary>
    public bool IsMapping { get; } = isMapping;

    /// <summary>Whether it is written in brackets or braces.</summary>
    public bool IsFlow { get; } = isFlow;

    /// <summary>Its items or entries, in the order of the file.</summary>
    public List<LayoutPart> Parts { get; } = [];

    /// <summary>Comments behind its last part.</summary>
    public List<LayoutComment> Footer { get; } = [];
}

/// <summary>An item of a list, or an entry of a mapping, with the comments that belong to it.</summary>
internal sealed class LayoutPart
{
    /// <summary>The collection that holds it.</summary>
    public required LayoutCollection Parent { get; init; }

    /// <summary>The key. Null for an item.</summary>
    public LayoutScalar? Key { get; init; }

    /// <summary>The value.</summary>
    public required LayoutNode Value { get; init; }

    /// <summary>Where it begins.</summary>
    public SourceSpan Start => (Key ?? Value).Span;

    /// <summary>Comments above it.</summary>
    public List<LayoutComment> Leading { get; } = [];

    /// <summary>The comment on its line: behind a single value, or behind the key of a collection.</summary>
    public string? Inline { get; set; }

    /// <summary>Whether the line above it is empty.</summary>
    public bool BlankBefore { get; set; }
}

/// <summary>A comment that has lines for itself.</summary>
/// <param name="Text">With its <c>#</c>.</param>
/// <param name="BlankBefore">Whether the line above it is empty.</param>
internal readonly record struct LayoutComment(string Text, bool BlankBefore);
