namespace IronProxy.Targets.Documents;

/// <summary>A value of a YAML document that is generated: a scalar, a list or a map.</summary>
public abstract record YamlNode
{
    private protected YamlNode()
    {
    }

    /// <summary>The text of a scalar that is text; empty for everything else.</summary>
    public string TextOrEmpty => this is YamlText text ? text.Value : "";

    /// <summary>What is printed as it is, on one line: an expression of another template language, which stands for a value.</summary>
    public static YamlNode Verbatim(string text) => new YamlLiteral(text);

    /// <summary>A scalar that is text, also where it looks like a number.</summary>
    public static implicit operator YamlNode(string text) => new YamlText(text);

    /// <summary>A scalar that is a number.</summary>
    public static implicit operator YamlNode(int number) => new YamlLiteral(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A scalar that is true or false.</summary>
    public static implicit operator YamlNode(bool value) => new YamlLiteral(value ? "true" : "false");
}

/// <summary>Text. It is quoted wherever a reader of YAML could take it for something else.</summary>
internal sealed record YamlText(string Value) : YamlNode;

/// <summary>A number, or true or false.</summary>
internal sealed record YamlLiteral(string Value) : YamlNode;

/// <summary>A list.</summary>
public sealed record YamlList : YamlNode, IEnumerable<YamlNode>
{
    private readonly List<YamlNode> _items = [];

    /// <summary>Begins an empty list.</summary>
    public YamlList()
    {
    }

    /// <summary>A list of values.</summary>
    public YamlList(params IEnumerable<YamlNode> items) => _items.AddRange(items);

    /// <summary>A list of texts.</summary>
    public YamlList(IEnumerable<string> texts) => _items.AddRange(texts.Select(t => (YamlNode)t));

    /// <summary>Appends an item.</summary>
    public void Add(YamlNode item) => _items.Add(item);

    /// <inheritdoc/>
    public IEnumerator<YamlNode> GetEnumerator() => _items.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A map whose keys keep their order. Comments stand above what they are about.</summary>
public sealed record YamlMap : YamlNode, IEnumerable<YamlEntry>
{
    private readonly List<YamlEntry> _entries = [];

    /// <summary>Appends a key, for initializers.</summary>
    public YamlNode this[string key]
    {
        set => Add(key, value);
    }

    /// <summary>Appends a key.</summary>
    public void Add(string key, YamlNode value) => _entries.Add(new YamlEntry(key, value, null));

    /// <summary>Appends a key with a comment above it; its lines are separated by line breaks.</summary>
    public void Add(string key, YamlNode value, string comment) => _entries.Add(new YamlEntry(key, value, comment));

    /// <inheritdoc/>
    public IEnumerator<YamlEntry> GetEnumerator() => _entries.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A key of a map.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Comment">What stands above it; null for nothing.</param>
public sealed record YamlEntry(string Key, YamlNode Value, string? Comment);
