using System.Collections.Immutable;
using System.Globalization;
using IronProxy.Targets.Documents;

namespace IronProxy.Targets.Pulumi;

/// <summary>A value of a Pulumi program: what is known now, or an expression that Pulumi works out.</summary>
public abstract record PulumiValue
{
    private protected PulumiValue()
    {
    }

    /// <summary>Text. None of it is an expression, whatever it looks like.</summary>
    public static implicit operator PulumiValue(string text) => new PulumiText(text);

    /// <summary>A number.</summary>
    public static implicit operator PulumiValue(int number) => new PulumiLiteral(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>True or false.</summary>
    public static implicit operator PulumiValue(bool value) => new PulumiLiteral(value ? "true" : "false");

    /// <summary>A value as JSON text.</summary>
    public static PulumiValue Json(PulumiValue value) => new PulumiCall(PulumiFunction.ToJson, value);

    /// <summary>Text in base64.</summary>
    public static PulumiValue Base64(PulumiValue value) => new PulumiCall(PulumiFunction.ToBase64, value);

    /// <summary>The text of a file beside the program.</summary>
    public static PulumiValue FileText(string path) => new PulumiCall(PulumiFunction.ReadFile, path);

    /// <summary>A file beside the program, as an asset.</summary>
    public static PulumiValue FileAsset(string path) => new PulumiCall(PulumiFunction.FileAsset, path);

    /// <summary>A document that was made for something else, such as a manifest.</summary>
    public static PulumiValue Of(DocumentNode node) => node switch
    {
        YamlText text => new PulumiText(text.Value),
        YamlLiteral literal => new PulumiLiteral(literal.Value),
        YamlList list => new PulumiList(list.Select(Of)),
        YamlMap map => new PulumiMap(map.Select(e => new PulumiEntry(e.Key, Of(e.Value), e.Comment))),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

/// <summary>A list.</summary>
public sealed record PulumiList : PulumiValue
{
    /// <summary>A list of values.</summary>
    public PulumiList(params IEnumerable<PulumiValue> items) => Items = [.. items];

    /// <summary>Its values.</summary>
    public ImmutableArray<PulumiValue> Items { get; }
}

/// <summary>A map whose keys keep their order.</summary>
public sealed record PulumiMap : PulumiValue, IEnumerable<PulumiEntry>
{
    private readonly List<PulumiEntry> _entries = [];

    /// <summary>Begins an empty map.</summary>
    public PulumiMap()
    {
    }

    /// <summary>A map of entries.</summary>
    public PulumiMap(IEnumerable<PulumiEntry> entries)
    {
        foreach (var entry in entries)
        {
            Add(entry.Key, entry.Value, entry.Comment);
        }
    }

    /// <summary>Appends a key, for initializers.</summary>
    public PulumiValue this[string key]
    {
        set => Add(key, value);
    }

    /// <summary>Appends a key. Its comment, if it has one, stands above it.</summary>
    public void Add(string key, PulumiValue value, string? comment = null) =>
        _entries.Add(!key.StartsWith("fn::", StringComparison.OrdinalIgnoreCase)
            ? new PulumiEntry(key, value, comment)
            : throw new ArgumentException($"Pulumi YAML would call '{key}'.", nameof(key)));

    /// <inheritdoc/>
    public IEnumerator<PulumiEntry> GetEnumerator() => _entries.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A key of a map.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Comment">What stands above it; null for nothing.</param>
public sealed record PulumiEntry(string Key, PulumiValue Value, string? Comment);

/// <summary>A resource, or one of its outputs. Only <see cref="PulumiProgram"/> makes them, so what is referred to exists.</summary>
public sealed record PulumiReference : PulumiValue
{
    internal PulumiReference(string name, ImmutableArray<string> path) => (Name, Path) = (name, path);

    internal string Name { get; }

    internal ImmutableArray<string> Path { get; }

    /// <summary>A member of it.</summary>
    public PulumiReference this[string member] => new(Name, Path.Add(member));
}

internal sealed record PulumiText(string Value) : PulumiValue;

internal sealed record PulumiLiteral(string Value) : PulumiValue;

internal enum PulumiFunction
{
    ToJson,
    ToBase64,
    ReadFile,
    FileAsset,
}

internal sealed record PulumiCall(PulumiFunction Function, PulumiValue Argument) : PulumiValue;
