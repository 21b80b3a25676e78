using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Syntax;

/// <summary>A value of the file with its place. Aliases share the node that they name.</summary>
internal abstract class YamlNode(SourceSpan span)
{
    /// <summary>Where the value is written.</summary>
    public SourceSpan Span { get; } = span;

    /// <summary>How many nodes this is once all aliases in it are expanded.</summary>
    public virtual long ExpandedSize => 1;

    /// <summary>Levels below and including this node, aliases expanded.</summary>
    public virtual int Height => 1;

    /// <summary>What a person calls this kind of value.</summary>
    public abstract string Kind { get; }

    /// <summary>Whether the value is written as nothing, <c>~</c> or <c>null</c>, which means that the key is absent.</summary>
    public virtual bool IsNull => false;
}

/// <summary>A value that holds others.</summary>
internal abstract class YamlCollection(SourceSpan span) : YamlNode(span)
{
    private long _expandedSize = 1;
    private int _height = 1;

    /// <inheritdoc />
    public override long ExpandedSize => _expandedSize;

    /// <inheritdoc />
    public override int Height => _height;

    /// <summary>Counts a child.</summary>
    protected void Include(YamlNode child)
    {
        _expandedSize += child.ExpandedSize;
        _height = Math.Max(_height, child.Height + 1);
    }
}

/// <summary>How a scalar is written.</summary>
internal enum YamlScalarStyle
{
    /// <summary>Without quotes.</summary>
    Plain,

    /// <summary>In single quotes.</summary>
    SingleQuoted,

    /// <summary>In double quotes.</summary>
    DoubleQuoted,

    /// <summary>As a block, behind <c>|</c> or <c>&gt;</c>.</summary>
    Block,

    /// <summary>Not at all: it stands for an alias that was reported.</summary>
    Unresolved,
}

/// <summary>A single value. What type it has depends on where it stands.</summary>
internal sealed class YamlScalar(SourceSpan span, string value, YamlScalarStyle style) : YamlNode(span)
{
    /// <summary>The text, without quotes and escapes.</summary>
    public string Value { get; } = value;

    /// <summary>How it is written.</summary>
    public YamlScalarStyle Style { get; } = style;

    /// <inheritdoc />
    public override string Kind => "a single value";

    /// <inheritdoc />
    public override bool IsNull => Style == YamlScalarStyle.Unresolved || (Style == YamlScalarStyle.Plain && Value is ("" or "~" or "null" or "Null" or "NULL"));
}

/// <summary>A list.</summary>
internal sealed class YamlSequence(SourceSpan span) : YamlCollection(span)
{
    private readonly List<YamlNode> _items = [];

    /// <summary>The items, in the order of the file.</summary>
    public IReadOnlyList<YamlNode> Items => _items;

    /// <inheritdoc />
    public override string Kind => "a list";

    /// <summary>Appends an item.</summary>
    public void Add(YamlNode item)
    {
        _items.Add(item);
        Include(item);
    }
}

/// <summary>One key of a mapping and its value.</summary>
internal readonly record struct YamlEntry(YamlScalar Key, YamlNode Value);

/// <summary>Keys and values.</summary>
internal sealed class YamlMapping(SourceSpan span) : YamlCollection(span)
{
    /// <summary>Most mappings are small, and a file can have very many of them: those are searched without an index.</summary>
    private const int IndexFrom = 16;

    private readonly List<YamlEntry> _entries = [];
    private Dictionary<string, int>? _index;

    /// <summary>The entries, in the order of the file; those of merge keys come last.</summary>
    public IReadOnlyList<YamlEntry> Entries => _entries;

    /// <inheritdoc />
    public override string Kind => "a mapping";

    /// <summary>The entry with a key.</summary>
    public bool TryGet(string key, out YamlEntry entry)
    {
        var at = IndexOf(key);
        entry = at < 0 ? default : _entries[at];
        return at >= 0;
    }

    /// <summary>Appends an entry, unless the key is there already.</summary>
    public bool TryAdd(YamlEntry entry)
    {
        if (IndexOf(entry.Key.Value) >= 0)
        {
            return false;
        }

        _index?.Add(entry.Key.Value, _entries.Count);
        _entries.Add(entry);
        Include(entry.Value);
        return true;
    }

    private int IndexOf(string key)
    {
        if (_entries.Count < IndexFrom)
        {
            for (var i = 0; i < _entries.Count; i++)
            {
                if (_entries[i].Key.Value == key)
                {
                    return i;
                }
            }

            return -1;
        }

        _index ??= Enumerable.Range(0, _entries.Count).ToDictionary(i => _entries[i].Key.Value, StringComparer.Ordinal);
        return _index.GetValueOrDefault(key, -1);
    }
}
