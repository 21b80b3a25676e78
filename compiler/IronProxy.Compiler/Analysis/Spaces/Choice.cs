using System.Collections.Immutable;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>Some values of a dimension: those listed, or all but those listed.</summary>
/// <param name="Except">Whether the values are all but those listed.</param>
/// <param name="Items">The values, ordered.</param>
public sealed record Choice<T>(bool Except, ImmutableArray<T> Items)
{
    /// <summary>Whether this is every value.</summary>
    public bool IsAny => Except && Items.IsEmpty;
}
