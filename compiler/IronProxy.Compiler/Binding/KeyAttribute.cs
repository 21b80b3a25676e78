namespace IronProxy.Compiler.Binding;

/// <summary>Ties a property of a config record to a key of proxy.yaml. Schema and binder are driven by it.</summary>
/// <param name="name">The key.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class KeyAttribute(string name) : Attribute
{
    /// <summary>The key.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the key must be there.</summary>
    public bool Required { get; init; }

    /// <summary>What a mapping holds whose record is chosen by a name beside or in it.</summary>
    public KeyContent Holds { get; init; }

    /// <summary>What holds when the key is absent, for the schema; lowering applies it.</summary>
    public object? Default { get; init; }

    /// <summary>The values that are allowed, also in a list. Null allows every value.</summary>
    public string[]? OneOf { get; init; }

    /// <summary>The least integer that is allowed, also in a list.</summary>
    public long Minimum { get; init; } = long.MinValue;

    /// <summary>The greatest integer that is allowed, also in a list.</summary>
    public long Maximum { get; init; } = long.MaxValue;
}
