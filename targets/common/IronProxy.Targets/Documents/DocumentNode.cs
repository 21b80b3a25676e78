namespace IronProxy.Targets.Documents;

/// <summary>A value of a YAML document that is generated: a scalar, a list or a map.</summary>
public abstract record DocumentNode
{
    private protected DocumentNode()
    {
    }

    /// <summary>The text of a scalar that is text; empty for everything else.</summary>
    public string TextOrEmpty => this is YamlText text ? text.Value : "";

    /// <summary>What is printed as it is, on one line: an expression of another template language, which stands for a value.</summary>
    public static DocumentNode Verbatim(string text) => new YamlLiteral(text);

    /// <summary>A scalar that is text, also where it looks like a number.</summary>
    public static implicit operator DocumentNode(string text) => new YamlText(text);

    /// <summary>A scalar that is a number.</summary>
    public static implicit operator DocumentNode(int number) => new YamlLiteral(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A scalar that is true or false.</summary>
    public static implicit operator DocumentNode(bool value) => new YamlLiteral(value ? "true" : "false");
}

/// <summary>Text. It is quoted wherever a reader of YAML could take it for something else.</summary>
internal sealed record YamlText(string Value) : DocumentNode;

/// <summary>A number, or true or false.</summary>
internal sealed record YamlLiteral(string Value) : DocumentNode;

/// <summary>A list.</summary>
public sealed record YamlList : DocumentNode, IEnumerable<DocumentNode>
{
    private readonly List<DocumentNode> _items = [];

    /// <summary>Begins an empty list.</summary>
    public YamlList()
    {
    }

    /// <summary>A list of values.</summary>
    public YamlList(params IEnumerable<DocumentNode> items) => _items.AddRange(items);

    /// <summary>A list of texts.</summary>
    public YamlList(IEnumerable<string> texts) => _items.AddRange(texts.Select(t => (DocumentNode)t));

    /// <summary>Appends an item.</summary>
    public void Add(DocumentNode item) => _items.Add(item);

    /// <inheritdoc/>
    public IEnumerator<DocumentNode> GetEnumerator() => _items.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A map whose keys keep their order. Comments stand above what they are about.</summary>
public sealed record YamlMap : DocumentNode, IEnumerable<DocumentEntry>
{
    private readonly List<DocumentEntry> _entries = [];

    /// <summary>Appends a key, for initializers.</summary>
    public DocumentNode this[string key]
    {
        set => Add(key, value);
    }

    /// <summary>Appends a key.</summary>
    public void Add(string key, DocumentNode value) => _entries.Add(new DocumentEntry(key, value, null));

    /// <summary>Appends a key with a comment above it; its lines are separated by line breaks.</summary>
    public void Add(string key, DocumentNode value, string comment) => _entries.Add(new DocumentEntry(key, value, comment));

    /// <inheritdoc/>
    public IEnumerator<DocumentEntry> GetEnumerator() => _entries.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A key of a map.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Comment">What stands above it; null for nothing.</param>
public sealed record DocumentEntry(string Key, DocumentNode Value, string? Comment);
