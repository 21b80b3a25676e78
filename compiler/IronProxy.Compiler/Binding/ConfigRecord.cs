using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Binding;

/// <summary>
/// What the user wrote in one mapping. Its properties carry <see cref="KeyAttribute"/>; their XML summaries become the
/// descriptions of the schema. A property is null when the key is absent or its value has the wrong type.
/// </summary>
internal abstract record ConfigRecord
{
    /// <summary>The mapping.</summary>
    public required YamlMapping Node { get; init; }

    /// <summary>Where the mapping begins.</summary>
    public SourceSpan Span => Node.Span;

    /// <summary>The place in the form that plans carry.</summary>
    public SourcePosition At => new(Node.Span.Line, Node.Span.Column);

    /// <summary>Whether a key has a value, be it one of a wrong type that was left out here.</summary>
    public bool Has(string key) => Node.TryGet(key, out var entry) && !entry.Value.IsNull;

    /// <summary>Where a key of the mapping is written; the mapping itself when it is absent.</summary>
    public SourceSpan KeySpan(string key) => Node.TryGet(key, out var entry) ? entry.Key.Span : Node.Span;
}
